// What a verification is told of the chain's events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chainEvents } from "../../script/events.mjs";

const record = { block: 5, contracts: { AccessManager: { address: "0xAA" }, TimelockController: { address: "0xbb" } } };
const watched = { address: ["0xaa", "0xbb", "0xcc"], topics: ["0x01", "0x02"] };
const log = (address, transactionHash, topics) => ({ address, transactionHash, topics, data: "0x" });
const logs = [
  log("0xaa", "0x10", ["0x01", "0x7"]),
  log("0xcc", "0x20", ["0x02"]),
  log("0xcc", "0x21", ["0x02", "0x8", "0x9"]),
];

function endpoint(late) {
  const times = {};
  return async (method, [first] = []) => {
    if (method === "eth_blockNumber") return "0x9";
    if (method === "eth_getLogs") {
      assert.deepEqual(first, { address: watched.address, topics: [watched.topics], fromBlock: "0x5", toBlock: "0x9" });
      return logs;
    }
    times[first] = (times[first] ?? 0) + 1;
    assert.notEqual(first, "0x10", "nobody asks who sent what the AccessManager says itself");
    return times[first] <= late ? null : { from: `0xfrom${first}`, to: "0xto" };
  };
}

test("DEPLOY-7: each act comes with its sender, also where the endpoint knows the transaction late", async () => {
  const events = await chainEvents(record, watched, endpoint(2), { pause: 0 });
  assert.deepEqual(events.emitter, ["0xaa", "0xcc", "0xcc"]);
  assert.deepEqual(events.topics, ["0x01", "0x7", "0x02", "0x02", "0x8", "0x9"]);
  assert.deepEqual(events.topicCount, [2, 1, 3]);
  assert.deepEqual(events.sender.slice(1), ["0xfrom0x20", "0xfrom0x21"]);
  assert.deepEqual(events.called[1], "0xto");
  await assert.rejects(
    chainEvents(record, watched, endpoint(99), { pause: 0 }),
    /event of transaction 0x2\d, but not the transaction/,
  );
});

test("DEPLOY-7: a record without the contracts that are asked about is refused", async () => {
  await assert.rejects(
    chainEvents({ block: 0, contracts: {} }, watched, endpoint(0)),
    /no AccessManager or no TimelockController/,
  );
});
