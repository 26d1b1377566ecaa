// The deployment record at endpoints that answer late, once, or not at all.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeRecord } from "../../script/record.mjs";

const FIRST = 9_000_000;
const word = (n) => n.toString(16).padStart(64, "0");
const hash = (i) => `0x${word(0xaa00 + i)}`;
const plan = ["AccessManager", "TimelockController", "PoolManager", "Badges"].map((name, i) => ({
  name,
  address: `0x${(i + 1).toString(16).padStart(40, "0")}`,
  salt: `0x${word(0x5a17 + i)}`,
  constructorArgs: `0x${word(70 + i)}`,
  codeHash: `0x${word(i)}`,
  own: true,
}));

/**
 * A chain whose block FIRST + i made plan[i]. `quirk(method, i, times)` may give another answer; undefined: the usual
 * one.
 */
function endpoint(quirk = () => undefined, args = (i) => plan[i].constructorArgs) {
  const times = {};
  const input = (i) => plan[i].salt + args(i).slice(2);
  return async (method, [first, second]) => {
    const i = method === "eth_getCode" ? Number(BigInt(first)) - 1 : Number(BigInt(first ?? 0)) - 0xaa00;
    const count = (times[method + first] = (times[method + first] ?? 0) + 1);
    const odd = quirk(method, i, count);
    if (odd !== undefined) return odd;
    if (method === "eth_blockNumber") return `0x${(FIRST + 500).toString(16)}`;
    if (method === "eth_getTransactionByHash")
      return { hash: first, blockNumber: `0x${(FIRST + i).toString(16)}`, input: input(i) };
    if (method === "eth_getTransactionReceipt") return { status: "0x1", blockNumber: `0x${(FIRST + i).toString(16)}` };
    if (method === "eth_getCode") {
      if (FIRST + 500 - Number(second) > 128) throw new Error("missing trie node");
      return "0x60";
    }
    throw new Error(`unexpected ${method}`);
  };
}

function record(t, rpc, more = {}) {
  const broadcast = mkdtempSync(join(tmpdir(), "fluxion-record-"));
  t.after(() => rmSync(broadcast, { recursive: true, force: true }));
  const folder = join(broadcast, "Deploy.s.sol", "146");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "run-1.json"), JSON.stringify({ transactions: plan.map((_, i) => ({ hash: hash(i) })) }));
  const run = {
    chainId: 146,
    network: "sonic",
    commit: "c",
    deployer: "0x1",
    plan,
    broadcast,
    script: "Deploy.s.sol",
    rpc,
    pause: 1,
  };
  return makeRecord({ ...run, ...more });
}

const once = (method, at, answer) => (asked, i, count) =>
  asked === method && i === at && count === 1 ? answer : undefined;
const quirks = {
  "every answer at once": undefined,
  "a receipt that comes late": once("eth_getTransactionReceipt", 2, null),
  "a transaction that comes late": once("eth_getTransactionByHash", 2, null),
  "a transaction without its block at first": once("eth_getTransactionByHash", 1, {
    hash: hash(1),
    blockNumber: null,
    input: plan[1].salt,
  }),
};
for (const [name, quirk] of Object.entries(quirks)) {
  test(`DEPLOY-4: the first block is known in spite of ${name}, without old state`, async (t) => {
    const made = await record(t, endpoint(quirk));
    assert.equal(made.record.block, FIRST);
    for (const [contract, { transaction }] of Object.entries(made.record.contracts)) assert.ok(transaction, contract);
  });
}

test("DEPLOY-4: what another deployer made long before does not move the first block", async (t) => {
  const shared = { ...plan[0], own: false };
  const old = (method, i) =>
    method === "eth_getTransactionReceipt" && i === 0 ? { status: "0x1", blockNumber: "0x10" } : undefined;
  const known = await record(t, endpoint(old), { plan: [shared, ...plan.slice(1)] });
  assert.equal(known.record.block, FIRST + 1);
  const absent = (method, i) => (method === "eth_getTransactionByHash" && i === 0 ? null : undefined);
  const unknown = await record(t, endpoint(absent), { plan: [shared, ...plan.slice(1)] });
  assert.equal(unknown.record.block, FIRST + 1);
  assert.equal(unknown.record.contracts.AccessManager.transaction, null);
});

test("DEPLOY-4: a part of our own that nobody can date leaves the first block open", async (t) => {
  const absent = (method, i) => (method === "eth_getTransactionByHash" && i === 1 ? null : undefined);
  assert.equal((await record(t, endpoint(absent))).record.block, 0);
});

test("DEPLOY-4: arguments are those that the transaction carried, whatever the network file says by now", async (t) => {
  const { record: previous } = await record(t, endpoint());
  const changed = plan.map((contract) => ({ ...contract, constructorArgs: `0x${word(9_999)}` }));
  const made = await record(t, endpoint(), { plan: changed, previous });
  assert.deepEqual(made.record, previous);
  assert.equal(made.fresh, 0);
});
