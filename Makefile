# Fluxion. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help install build demo test abi abi-check fmt lint deploy verify chaos model mutants-keeper mutants-contracts mutants bench bench-properties

FORGE := node_modules/@foundry-rs/forge-linux-amd64/bin/forge
DURATION ?=
NETWORK ?=
RPC_URL ?=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Install the npm packages that the lock file pins
	@node script/install.mjs

build: install ## Build contracts and Rust code
	@$(FORGE) build --quiet
	@cargo build --quiet --workspace

demo: install ## Two chains, contracts, price sources and the keeper, live in a table. DURATION=60 ends it
	@echo "building contracts ..."
	@$(FORGE) build --quiet
	@echo "building the keeper (the first time takes a few minutes) ..."
	@cargo build --quiet --workspace
	@target/debug/fluxion-devnet demo $(if $(DURATION),--duration $(DURATION))

SEEDS ?= 20
SHARD ?= 1/1
chaos: install ## Faults, reorgs and kills at random on real processes, SEEDS seeds, resumable; SHARD=i/n runs a part. Verdicts in target/chaos
	@$(FORGE) build --quiet
	@cargo build --quiet --workspace
	@target/debug/fluxion-devnet chaos --seeds $(SEEDS) --shard $(SHARD)

model: install ## The transaction machine in memory under SEEDS scripts of faults, reorgs and kills, and as many that shrink
	@FLUXION_MODEL_SEEDS=$(SEEDS) FLUXION_MODEL_CASES=$(SEEDS) cargo nextest run -p fluxion-devnet --test machine --no-capture

mutants-keeper: install ## Put the seeded defects back one at a time: each must be found; SHARD=i/n runs a part
	@$(FORGE) build --quiet
	@node script/mutants-keeper.mjs

mutants-contracts: install ## Put the seeded defects of test/mutants back into the contracts one at a time: a forge test must find each; SHARD=i/n
	@$(FORGE) build --quiet
	@node script/mutants-contracts.mjs

test: ## Everything that must hold, fast: time per stage, ends with N passed, N failed
	@node script/test.mjs

abi: build ## Regenerate abi/json from the contracts
	@node script/abi.mjs

abi-check: ## Fail when abi/json has drifted from the contracts
	@node script/abi.mjs --check

fmt: install ## Format Solidity and Rust
	@$(FORGE) fmt
	@cargo fmt --all

lint: install ## Formatting, clippy and the layout, without tests
	@node script/test.mjs format layout contracts lints

deploy: install ## Deploy, record, configure and verify: NETWORK=sepolia RPC_URL=... with DEPLOYER_KEY set
	@$(FORGE) build --quiet
	@node script/deploy.mjs --network "$(NETWORK)" --rpc-url "$(RPC_URL)"

verify: install ## Compare a chain with its deployment record: NETWORK=sepolia RPC_URL=...
	@$(FORGE) build --quiet
	@node script/deploy.mjs --network "$(NETWORK)" --rpc-url "$(RPC_URL)" --verify-only

mutants: install ## Break contracts/pools in 160 ways and count what the property harness notices; SHARD=i/n, resumable
	@$(FORGE) build --quiet
	@cargo run --release --quiet -p fluxion-properties -- mutants --shard $(SHARD)

bench: install ## Backfill of 1,000,000 events on both engines beside ponder's, and an idle keeper's cost. Figures in target/bench
	@$(FORGE) build --quiet
	@cargo build --release --quiet -p fluxion-keeper -p fluxion-devnet
	@target/release/fluxion-devnet bench $(if $(EVENTS),--events $(EVENTS))

bench-properties: install ## Calls a second of the property harness beside forge's invariant runner, one core each
	@$(FORGE) build --quiet
	@cargo run --release --quiet -p fluxion-properties -- bench
