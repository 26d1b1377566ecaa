// The events of years, at endpoints with limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readLogs } from "../../script/logs.mjs";

/** An endpoint up to block `head`; `refuse(from, to, call)` may return the words of a refusal. */
function endpoint(head, refuse) {
  const asked = [];
  let calls = 0;
  const rpc = async (method, [filter] = []) => {
    if (method === "eth_blockNumber") return `0x${head.toString(16)}`;
    const [from, to] = [Number(filter.fromBlock), Number(filter.toBlock)];
    const words = refuse(from, to, ++calls);
    if (words) throw new Error(words);
    asked.push([from, to]);
    return [{ from, to }];
  };
  return { rpc, asked, calls: () => calls };
}

function assertWhole(asked, first, head) {
  let next = first;
  for (const [from, to] of asked) {
    assert.equal(from, next, "each block once");
    next = to + 1;
  }
  assert.equal(next, head + 1, "up to the head");
}

const WIDE = "query exceeds max block range 10000";
const tooWide = (limit) => (from, to) => (to - from + 1 > limit ? WIDE : undefined);

for (const words of [
  "Too Many Requests",
  "429",
  "rate limit",
  "daily request count exceeded, request rate limited",
  "Your app has exceeded its compute units per second capacity",
]) {
  test(`DEPLOY-5: "${words}" is waited out with the range as it is`, async () => {
    const node = endpoint(1_000_000, (from, to, call) => (call % 10 === 0 ? words : tooWide(10_000)(from, to)));
    const logs = await readLogs({}, 1, node.rpc, { waits: [0, 0, 0] });
    assert.equal(logs.length, node.asked.length);
    assertWhole(node.asked, 1, 1_000_000);
    assert.ok(node.calls() < 300, `${node.calls()} calls`);
  });
}

test("DEPLOY-5: a range that was full once does not stay narrow", async () => {
  // Ten thousand blocks full of events, a million without.
  const node = endpoint(1_000_000, (from, to) =>
    from < 10_000 && to - from >= 100 ? "query returned more than 10000 results" : undefined,
  );
  await readLogs({}, 1, node.rpc);
  assertWhole(node.asked, 1, 1_000_000);
  assert.ok(node.calls() < 400, `${node.calls()} calls`);
});

test("DEPLOY-5: a year of a fast chain at a usual limit takes hardly more calls than there are ranges", async () => {
  const node = endpoint(126_000_000, tooWide(10_000));
  await readLogs({}, 0, node.rpc);
  assertWhole(node.asked, 0, 126_000_000);
  assert.ok(node.calls() < 26_000, `${node.calls()} calls for 12,600 ranges`);
});

test("DEPLOY-5: an endpoint that stays at its limit is given up with its words", async () => {
  const node = endpoint(1_000, (from, to, call) => (call > 3 ? "quota exceeded: Too Many Requests" : undefined));
  await assert.rejects(
    readLogs({}, 0, { ...node }.rpc, { waits: [0, 0] }).then(() =>
      readLogs({}, 0, endpoint(9, () => "Too Many Requests").rpc, { waits: [0, 0] }),
    ),
    /Too Many Requests/,
  );
  await assert.rejects(
    readLogs({}, 0, async (method) => (method === "eth_blockNumber" ? "0x9" : null), {}),
    /without a list/,
  );
});
