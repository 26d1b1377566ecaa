# Fluxion. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help install build demo test forge gas abi abi-check fmt lint deploy verify govern act deceptions interrupted chaos model \
	mutants-keeper mutants-contracts mutants fuzz accuracy replay bench bench-properties

FORGE := node_modules/@foundry-rs/forge-linux-amd64/bin/forge
# Stages of script/stages/table.mjs and what they need, side by side: no target runs on what an older build left behind. What follows -- is run
# then, and its silence filled; the demo and the benchmark show themselves how far they are.
BUILD := node script/build.mjs
DURATION ?=
KEEP ?=
NETWORK ?=
RPC_URL ?=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Install the npm packages that the lock file pins
	@node script/install.mjs

build: ## Build contracts, tests, scripts and Rust code
	@$(BUILD) contracts "test build" "script build" "rust build"

demo: ## Two chains, contracts, price sources and the keeper, live in a table. DURATION=60 ends it; KEEP=1: without traffic, on fixed ports
	@$(BUILD) "deployed contracts" "script build" programs
	@target/debug/fluxion-devnet demo $(if $(DURATION),--duration $(DURATION)) $(if $(KEEP),--keep)

SEEDS ?= 20
SHARD ?= 1/1
chaos: ## Faults, reorgs and kills at random on real processes, SEEDS seeds, resumable; SHARD=i/n runs a part. Verdicts in target/chaos
	@$(BUILD) "deployed contracts" "script build" programs -- target/debug/fluxion-devnet chaos --seeds $(SEEDS) --shard $(SHARD)

model: ## The transaction machine in memory under SEEDS scripts of faults, reorgs and kills, and as many that shrink
	@$(BUILD) machine -- env FLUXION_MODEL_SEEDS=$(SEEDS) FLUXION_MODEL_CASES=$(SEEDS) cargo nextest run -p fluxion-devnet --test machine --no-capture

mutants-keeper: ## Put the seeded defects back one at a time: each must be found; SHARD=i/n runs a part
	@$(BUILD) "deployed contracts" "script build" -- node script/mutants-keeper.mjs

mutants-contracts: ## Put the seeded defects of test/mutants back into the contracts one at a time: a forge test must find each; SHARD=i/n
	@$(BUILD) contracts "test build" -- node script/mutants-contracts.mjs

deceptions: ## Every way of test/script/Deceptions.t.sol to deceive a verification; `make test` tries a quarter
	@$(BUILD) contracts "test build" -- env FOUNDRY_PROFILE=test DECEPTIONS=all $(FORGE) test --match-path test/script/Deceptions.t.sol

prove: ## Prove what every packed word holds, for all values, with halmos; a lemma that is false has to be found so
	@$(BUILD) prover proofs -- node script/prove.mjs

interrupted: ## Deployments killed at each of their transactions, and endpoints of every kind, on real chains; SHARD=i/n runs a part
	@$(BUILD) "deployed contracts" "script build" -- env RESUME=all SHARD=$(SHARD) node --test --test-reporter=tap test/script/interrupted.test.mjs

test: ## Everything that must hold, fast: time per stage, ends with N passed, N failed
	@node script/test.mjs

forge: ## Forge's tests against deployed code: ARGS="--match-path test/pools/PoolManager.t.sol"
	@$(BUILD) contracts "test build"
	@FOUNDRY_PROFILE=test $(FORGE) test $(or $(ARGS),--no-match-path 'test/**/*.gas.t.sol')

gas: ## Compare whole-transaction gas with test/snapshots; WRITE=1 writes the figures anew
	@$(BUILD) contracts "test build"
	@$(if $(WRITE),,FORGE_SNAPSHOT_CHECK=true FORGE_SNAPSHOT_EMIT=false) FOUNDRY_PROFILE=test $(FORGE) test --isolate --match-path 'test/**/*.gas.t.sol' $(ARGS)

abi: ## Regenerate abi/json from the contracts, and build the npm package of abi/npm
	@$(BUILD) contracts
	@node script/abi.mjs
	@$(BUILD) "abi package"

abi-check: ## Fail when abi/json has drifted from the contracts
	@$(BUILD) contracts -- node script/abi.mjs --check

fmt: install ## Format Solidity and Rust
	@$(FORGE) fmt contracts script test
	@cargo fmt --all

lint: ## Formatting, clippy and the layout, without tests
	@node script/test.mjs format layout contracts lints

deploy: ## Deploy, record, configure and verify: NETWORK=sepolia RPC_URL=... with DEPLOYER_KEY set
	@$(BUILD) "deployed contracts" "script build"
	@node script/deploy.mjs --network "$(NETWORK)" --rpc-url "$(RPC_URL)"

verify: ## Compare a chain with its deployment record: NETWORK=sepolia RPC_URL=...
	@$(BUILD) "deployed contracts" "script build"
	@node script/deploy.mjs --network "$(NETWORK)" --rpc-url "$(RPC_URL)" --verify-only

govern: ## The calls that bring a chain to its network file, after the hand-over: NETWORK=... RPC_URL=..., ARGS=--schedule or --execute with GOVERNOR_KEY set
	@$(BUILD) "deployed contracts" "script build"
	@node script/govern.mjs --network "$(NETWORK)" --rpc-url "$(RPC_URL)" $(ARGS)

act: ## Pools, swaps, roles, signers, feeds, skills, badges, pauses, rehearsed unless --send: NETWORK=... RPC_URL=... ARGS="swap ...", ARGS=--help
	@$(BUILD) "deployed contracts" "script build"
	@node script/act.mjs $(ARGS) $(if $(NETWORK),--network "$(NETWORK)" --rpc-url "$(RPC_URL)")

SUITE ?= pools
ACTIONS ?= 150000
fuzz: ## Random call sequences judged by exact models: SUITE=pools, skills, ..., ACTIONS=150000, ARGS="--seed 7 --jobs 2"
	@$(BUILD) contracts "dev harness"
	@target/debug/fluxion-properties fuzz --suite $(SUITE) --actions $(ACTIONS) $(ARGS)

accuracy: ## Worst errors of the pools' math against exact arithmetic
	@$(BUILD) contracts "dev harness"
	@target/debug/fluxion-properties accuracy $(ARGS)

replay: ## A saved sequence once more: FILE=target/properties/NAME.json; ARGS=--solidity prints it as a forge test and nothing else
	@$(BUILD) contracts "dev harness"
	@target/debug/fluxion-properties replay $(FILE) $(ARGS)

mutants: ## Break a suite's contracts in 200 places and count what the property harness notices; SUITE=pools, SHARD=i/n, resumable
	@$(BUILD) contracts "property harness" -- target/release/fluxion-properties mutants --suite $(SUITE) --shard $(SHARD)

bench: ## Backfill of 1,000,000 events beside ponder's, an idle keeper's cost, looks after 1,000,000 transactions. Figures in target/bench
	@$(BUILD) "deployed contracts" "script build" "release programs"
	@target/release/fluxion-devnet bench $(if $(EVENTS),--events $(EVENTS))

bench-properties: ## Calls a second of the property harness beside forge's invariant runner, one core each
	@$(BUILD) bench "property harness" -- target/release/fluxion-properties bench
