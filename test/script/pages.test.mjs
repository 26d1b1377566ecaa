// A list that goes through all pools.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inPages } from "../../script/acts/pools.mjs";

const EACH = 60_000;

/**
 * A chain whose calls cost so much a pool, and whose node refuses more gas than a block has, in the words of its kind.
 */
function chain(gasLimit, refusal) {
  const rpc = async (method, [{ data }]) => {
    if (method === "eth_getBlockByNumber") return { gasLimit: `0x${gasLimit.toString(16)}` };
    const gas = data.length * EACH;
    if (gas > gasLimit) throw new Error(`the endpoint refused eth_estimateGas: ${refusal}`);
    return `0x${gas.toString(16)}`;
  };
  return { rpc, actor: "0x1" };
}

const ids = Array.from({ length: 1_001 }, (_, i) => i);
const pages = async (gasLimit, refusal = "gas required exceeds allowance (30000000)") =>
  (await inPages(chain(gasLimit, refusal), ids, (part) => ({ target: "0x2", data: part }))).map(({ data }) => data);

test("DEPLOY-11: every id is in one list, no list has more than 400 or does not fit a block", async () => {
  assert.deepEqual(
    (await pages(1e9)).map(({ length }) => length),
    [400, 400, 201],
  );
  for (const refusal of [
    "gas required exceeds allowance (30000000)",
    "out of gas: gas required exceeds: 30000000",
    "intrinsic gas too high",
  ]) {
    const found = await pages(8_000_000, refusal);
    assert.deepEqual(found.flat(), ids);
    for (const { length } of found) assert.ok(length * EACH <= 7_200_000, `${length} ids`);
  }
  // What is refused for another reason is left to the rehearsal, in one piece.
  assert.equal((await pages(8_000_000, "execution reverted: custom error 0x12345678")).length, 3);
  // A pool that does not fit alone is left to the chain.
  assert.equal((await pages(50_000)).length, ids.length);
});
