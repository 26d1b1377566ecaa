// The one-command deployment against real chains: what a deployer sees and what stays behind.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEPLOYER, DEPLOYER_KEY, SECOND, SECOND_KEY, deploy, govern, startAnvil, startDeploy } from "./anvil.mjs";

// At least: domains are added.
const CONTRACTS = 20;
/** The same for every deployer. */
const SHARED = ["Create3Factory", "WalletRenderer"];

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "fluxion-deploy-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const target = (network, chain, record) => ["--network", network, "--rpc-url", chain.url, "--record", record];

/** Processes that were given a record: forge has its folder of broadcasts in its environment. */
function processesOf(record) {
  return readdirSync("/proc")
    .filter((id) => /^\d+$/.test(id))
    .filter((id) => {
      try {
        return ["environ", "cmdline"].some((file) => readFileSync(`/proc/${id}/${file}`, "utf8").includes(record));
      } catch {
        return false;
      }
    });
}

async function assertDeployed(chain, record) {
  assert.ok(Object.keys(record.contracts).length >= CONTRACTS, "every contract is recorded");
  let first = Infinity;
  for (const [name, contract] of Object.entries(record.contracts)) {
    assert.notEqual(await chain.rpc("eth_getCode", contract.address, "latest"), "0x", `${name} is on the chain`);
    assert.match(contract.codeHash, /^0x[0-9a-f]{64}$/, name);
    assert.ok(contract.transaction, `${name} has its transaction`);
    const receipt = await chain.rpc("eth_getTransactionReceipt", contract.transaction);
    assert.equal(receipt.status, "0x1", name);
    // The arguments are the end of what created it (padded to words where the factory was called).
    const { input } = await chain.rpc("eth_getTransactionByHash", contract.transaction);
    assert.ok(input.includes(contract.constructorArgs.slice(2)), `${name} was created by this transaction`);
    if (!SHARED.includes(name)) first = Math.min(first, Number(receipt.blockNumber));
  }
  assert.equal(record.block, first, "the block before which there is nothing");
}

test("deploys two chains at once, at the same addresses", { timeout: 240_000 }, async (t) => {
  const at = folder(t);
  const chains = await Promise.all([startAnvil(t, 31337), startAnvil(t, 31338)]);
  const names = ["local-a", "local-b"];
  const records = names.map((name) => join(at, `${name}.json`));
  const runs = await Promise.all(names.map((name, i) => deploy(target(name, chains[i], records[i]))));
  for (const { code, output } of runs) assert.equal(code, 0, output);
  const [a, b] = records.map(readJson);
  assert.deepEqual([a.chainId, a.network, b.chainId, b.network], [31337, "local-a", 31338, "local-b"]);
  for (const name of Object.keys(a.contracts)) assert.equal(a.contracts[name].address, b.contracts[name].address, name);
  await assertDeployed(chains[0], a);
  await assertDeployed(chains[1], b);

  // A rerun sends nothing and leaves the record as it is.
  const before = await chains[0].nonce();
  const rerun = await deploy(target("local-a", chains[0], records[0]));
  assert.equal(rerun.code, 0, rerun.output);
  assert.equal(await chains[0].nonce(), before, "transactions of the rerun");
  assert.deepEqual(readJson(records[0]), a);

  // Without the record and forge's files the chain itself has all that is needed.
  const recovered = join(at, "recovered.json");
  assert.equal((await deploy(target("local-a", chains[0], recovered))).code, 0);
  assert.deepEqual(readJson(recovered).contracts, a.contracts);

  // Another community on the same chain shares the factory with the first, and begins where it begins.
  const other = join(at, "other.json");
  const head = Number(await chains[0].rpc("eth_blockNumber"));
  const second = await deploy(target("local-a", chains[0], other), { DEPLOYER_KEY: SECOND_KEY });
  assert.equal(second.code, 0, second.output);
  const others = readJson(other);
  assert.equal(others.contracts.Create3Factory.transaction, a.contracts.Create3Factory.transaction);
  assert.ok(others.block > head, "the second community's first block, not the first's");
  assert.equal((await deploy([...target("local-a", chains[0], other), "--verify-only"], {})).code, 0);

  // A record that the chain contradicts.
  const forged = { ...a, contracts: { ...a.contracts, QuorumVerifier: { ...a.contracts.AccessManager } } };
  writeFileSync(recovered, JSON.stringify(forged));
  const verified = await deploy([...target("local-a", chains[0], recovered), "--verify-only"], {});
  assert.equal(verified.code, 1);
  assert.match(verified.output, /QuorumVerifier, codeHash: expected 0x[0-9a-f]+, actual 0x[0-9a-f]+; run Deploy/);
  assert.equal((await deploy([...target("local-a", chains[0], records[0]), "--verify-only"], {})).code, 0);
});

test("a run killed in the middle is resumed", { timeout: 240_000 }, async (t) => {
  const record = join(folder(t), "record.json");
  const chain = await startAnvil(t, 31337, "--no-mining");
  const run = startDeploy(target("local-a", chain, record));
  for (;;) {
    const { pending } = await chain.rpc("txpool_status");
    if (Number(pending) >= 3) break;
    await sleep(20);
  }
  run.kill();
  await run.ended;
  // What never reached the pool of the node is lost; drop more, so that a part is certainly missing.
  const { pending } = await chain.rpc("txpool_content");
  const hashes = Object.values(Object.values(pending)[0]).map((transaction) => transaction.hash);
  for (const hash of hashes.slice(3)) await chain.rpc("anvil_dropTransaction", hash);
  await chain.rpc("anvil_mine", "0x1");
  assert.equal(await chain.nonce(), 3, "three contracts are there");
  await chain.rpc("evm_setAutomine", true);

  const resumed = await deploy(target("local-a", chain, record));
  assert.equal(resumed.code, 0, resumed.output);
  await assertDeployed(chain, readJson(record));
});

test("DEPLOY-9: blocks that are too small are named before anything is sent", { timeout: 240_000 }, async (t) => {
  const chain = await startAnvil(t, 31337, "--gas-limit", "3000000");
  const { code, output } = await deploy(target("local-a", chain, join(folder(t), "record.json")));
  assert.equal(code, 1);
  assert.match(
    output,
    /the largest transaction asks for \d+ gas, but a block of this chain holds 3000000; use a chain/,
  );
  assert.equal(await chain.nonce(), 0, "nothing was sent");
});

test(
  "DEPLOY-9: an account without the coin is told how much is missing before anything is sent",
  { timeout: 240_000 },
  async (t) => {
    const chain = await startAnvil(t, 31337);
    await chain.rpc("anvil_setBalance", DEPLOYER, "0x5af3107a4000");
    const { code, output } = await deploy(target("local-a", chain, join(folder(t), "record.json")));
    assert.equal(code, 1);
    assert.match(
      output,
      /0xf39f\w+ has 0\.000100\d* ETH on local-a, but the deployment takes about [\d.]+ ETH; send it the difference/i,
    );
    assert.equal(await chain.nonce(), 0, "nothing was sent");
  },
);

test("DEPLOY-9: a transaction that no block takes is not waited for without end", { timeout: 240_000 }, async (t) => {
  const chain = await startAnvil(t, 31337, "--no-mining");
  const args = target("local-a", chain, join(folder(t), "record.json"));
  const { code, output } = await deploy(args, { DEPLOYER_KEY, FLUXION_SCRIPT_LIMIT_S: "20" });
  assert.equal(code, 1);
  assert.match(
    output,
    /no transaction was mined for 20 s.*nonce 0 of 0xf39f\w+, \d+ waiting.*run the same command again/i,
  );
});

test(
  "DEPLOY-9: every second a block of the default size, and a signal leaves no process behind",
  { timeout: 400_000 },
  async (t) => {
    const record = join(folder(t), "record.json");
    const chain = await startAnvil(t, 31337, "--block-time", "1", "--gas-limit", "30000000");
    const run = startDeploy(target("local-a", chain, record));
    while ((await chain.nonce()) < 2) await sleep(100);
    assert.ok(processesOf(record).length >= 2, "the script and forge run");
    run.signal("SIGINT");
    const { code, output } = await run.ended;
    assert.equal(code, 130, output);
    assert.match(output, /ended by SIGINT: .*run the same command again/);
    assert.deepEqual(processesOf(record), [], "no process is left");
    assert.deepEqual(
      readdirSync(dirname(record)).filter((file) => file.endsWith(".tmp")),
      [],
      "no half-written record",
    );
    const done = await deploy(target("local-a", chain, record));
    assert.equal(done.code, 0, done.output);
    assert.match(done.output, /AccessManager\.grantRole +\d+ gas  [\d.e-]+ ETH\n/, "what each transaction cost");
    await assertDeployed(chain, readJson(record));
  },
);

test(
  "DEPLOY-10: a public network is handed over to its Timelock, which changes it",
  { timeout: 400_000 },
  async (t) => {
    const record = join(folder(t), "146.json");
    const chain = await startAnvil(t, 146);
    const account = (n) => `0x${n.toString(16).padStart(40, "0")}`;
    const people = {
      FLUXION_PROPOSERS: SECOND,
      FLUXION_EXECUTORS: SECOND,
      FLUXION_GUARDIAN: account(19),
      FLUXION_POOL_CREATORS: account(21),
      FLUXION_WRAPPED_NATIVE: account(22),
      FLUXION_SKILL_MANAGERS: account(23),
      FLUXION_BADGE_URI: "https://example.org/{id}.json",
      FLUXION_SIGNERS: [37, 33, 34, 35, 36].map(account).join(","),
    };
    const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    const unset = await deploy(target("sonic", chain, record), { DEPLOYER_KEY: key });
    assert.equal(unset.code, 1);
    assert.match(unset.output, /sonic\.json: \.timelock\.proposers comes from the environment: set FLUXION_PROPOSERS/);
    assert.equal(await chain.nonce(), 0, "nothing was sent");

    const environment = { DEPLOYER_KEY: key, ...people };
    const done = await deploy(target("sonic", chain, record), environment);
    assert.equal(done.code, 0, done.output);
    const before = await chain.nonce();
    const rerun = await deploy(target("sonic", chain, record), environment);
    assert.equal(rerun.code, 0, rerun.output);
    assert.equal(await chain.nonce(), before, "transactions of the rerun");

    const { contracts } = readJson(record);
    const timelock = contracts.TimelockController.address;
    await chain.rpc("anvil_setBalance", timelock, "0xde0b6b3a7640000");
    await chain.rpc("anvil_impersonateAccount", timelock);
    const word = (hex) => hex.replace("0x", "").padStart(64, "0");
    // grantRole(uint64,address,uint32): the Timelock makes a stranger an admin.
    const data = `0x25c471a0${word("0x0")}${word(account(99))}${word("0x0")}`;
    await chain.send({ from: timelock, to: contracts.AccessManager.address, data });
    const stranger = await deploy([...target("sonic", chain, record), "--verify-only"], people);
    assert.equal(stranger.code, 1);
    assert.match(
      stranger.output,
      /AccessManager, members of ADMIN: expected those of the network file, actual also 0x0+63;/,
    );

    const changed = { ...environment, FLUXION_GUARDIAN: account(20) };
    const refused = await deploy(target("sonic", chain, record), changed);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /grantRole GUARDIAN.*no longer admin.*let the Timelock schedule the call/s);

    // Governance brings both about: the stranger goes, and the guardian is another.
    const told = await govern(target("sonic", chain, record), changed);
    assert.equal(told.code, 0, told.output);
    assert.match(told.output, /members of ADMIN: .*0x0+63\n\s+call 0x\w+ 0x\w+/);
    assert.match(told.output, /operation 0x\w+ of the Timelock 0x\w+: not scheduled/);
    const notOurs = await govern([...target("sonic", chain, record), "--schedule"], {
      ...changed,
      GOVERNOR_KEY: DEPLOYER_KEY,
    });
    assert.match(notOurs.output, /is no proposer of the Timelock; use the key of an account of \.timelock\.proposers/);
    const governor = { ...changed, GOVERNOR_KEY: SECOND_KEY };
    const scheduled = await govern([...target("sonic", chain, record), "--schedule"], governor);
    assert.equal(scheduled.code, 0, scheduled.output);
    const pending = await deploy([...target("sonic", chain, record), "--verify-only"], changed);
    assert.match(pending.output, /pending in the Timelock: .*, ready at \d+, operation 0x/);
    const early = await govern([...target("sonic", chain, record), "--execute"], governor);
    assert.match(early.output, /is not ready: it is ready at \d+/);
    await chain.rpc("evm_increaseTime", 172_800);
    await chain.rpc("anvil_mine", "0x1");
    const executed = await govern([...target("sonic", chain, record), "--execute"], governor);
    assert.equal(executed.code, 0, executed.output);
    const verified = await deploy([...target("sonic", chain, record), "--verify-only"], changed);
    assert.equal(verified.code, 0, verified.output);
    const again = await deploy(target("sonic", chain, record), changed);
    assert.equal(again.code, 0, again.output);
  },
);

test("mistakes are named with their mend", { timeout: 60_000 }, async (t) => {
  const at = folder(t);
  const chain = await startAnvil(t, 31337);
  const cases = [
    [["--network", "local-a"], undefined, /--network and --rpc-url are needed/],
    [["--network", "nowhere", "--rpc-url", chain.url], undefined, /no network "nowhere"; known: arbitrum, local-a/],
    [["--network", "../x", "--rpc-url", chain.url], undefined, /no network/],
    [["--network", "local-b", "--rpc-url", chain.url], undefined, /has chain id 31338, but the endpoint serves 31337/],
    [["--network", "local-a", "--rpc-url", "http://127.0.0.1:9"], undefined, /no answer from the endpoint/],
    [["--network", "local-a", "--rpc-url", chain.url], {}, /DEPLOYER_KEY is not set/],
    [
      ["--network", "local-a", "--rpc-url", chain.url],
      { DEPLOYER_KEY: DEPLOYER_KEY.slice(2) },
      /DEPLOYER_KEY is not a private key \(0x and 64 hex digits\)/,
    ],
    [["--network", "local-a", "--rpc-url", chain.url, "--keystore", "/none"], undefined, /--sender is missing/],
    [
      ["--network", "local-a", "--rpc-url", chain.url, "--keystore", "/none", "--sender", DEPLOYER],
      undefined,
      /--password-file is missing/,
    ],
    [
      ["--network", "local-a", "--rpc-url", chain.url, "--priority-fee", "1 gwei"],
      undefined,
      /--priority-fee is "1 gwei"; write wei/,
    ],
    [
      [...target("local-a", chain, join(at, "none.json")), "--verify-only"],
      undefined,
      /no deployment record .*none\.json/,
    ],
  ];
  for (const [args, environment, message] of cases) {
    const { code, output } = await deploy(args, environment);
    assert.equal(code, 1, args.join(" "));
    assert.match(output, message);
    assert.doesNotMatch(output, /\n\s+at /, "no stack trace");
  }
  const foreign = join(at, "foreign.json");
  writeFileSync(foreign, JSON.stringify({ chainId: 1 }));
  assert.match((await deploy(target("local-a", chain, foreign))).output, /is the record of chain id 1, not 31337/);
  writeFileSync(foreign, "{");
  assert.match((await deploy(target("local-a", chain, foreign))).output, /is not JSON/);
  assert.equal(await chain.nonce(), 0, "nothing was sent");
});
