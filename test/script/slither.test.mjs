// The stage that runs Slither fails for a defect put into a contract, for an entry that has no finding left and for one
// without a reason.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { analyse } from "../../script/slither/analyse.mjs";
import { compare } from "../../script/slither/judge.mjs";
import { root } from "../../script/stages/execute.mjs";

const list = JSON.parse(readFileSync(join(root, "test", "slither.json"), "utf8"));
const file = "contracts/pools/shares/PoolShareToken.sol";
const source = readFileSync(join(root, file), "utf8");

/** What is found in the token of a pool's shares and not listed, with `to` in place of `from`. */
async function freshWith(from, to) {
  assert.equal(source.split(from).length, 2, `the defect has a place: ${from}`);
  const found = await analyse({ [file]: source.replace(from, to) }, "slither-test");
  return compare(found, list).fresh;
}

test("a contract without a defect has no finding but those of the list", async () => {
  assert.deepEqual(await freshWith("_burn(msg.sender, amount);", "_burn(msg.sender, amount);"), []);
});

test("a sum that is read before a transfer and written after it is found: reentrancy", async () => {
  const head = "manager.transfer(recipient, uint256(poolId()), amount);";
  const tail = "emit Withdrawn(msg.sender, recipient, amount);";
  const body = `require(left + amount < 1e24); ${head} left += amount; ${tail}`;
  // The brace that follows in the source ends a function that does nothing.
  const defect = `${body}\n    }\n\n    uint256 public left;\n\n    function nothing() external {`;
  const fresh = await freshWith(`${head}\n        ${tail}`, defect);
  assert.deepEqual(fresh, ["reentrancy-no-eth: PoolShareToken.withdraw then writes left"]);
});

test("a second result that is ignored is found in a function that has one in the list: unchecked return", async () => {
  const line = "manager.transfer(recipient, uint256(poolId()), amount);";
  const fresh = await freshWith(line, `${line}\n        manager.setOperator(recipient, true);`);
  assert.deepEqual(fresh, ["unused-return: PoolShareToken.withdraw x2"]);
});

test("the list itself is judged: entries without a finding, without a reason, twice", () => {
  const found = [{ detector: "timestamp", place: "A.b" }];
  const reason = "The delay is of days, and seconds change nothing.";
  const judge = (...entries) => compare(found, entries);
  assert.deepEqual(judge({ detector: "timestamp", reason, in: ["A.b"] }), { fresh: [], stale: [], wrong: [] });
  assert.deepEqual(judge().fresh, ["timestamp: A.b"]);
  assert.deepEqual(judge({ detector: "timestamp", reason, in: ["A.b", "A.c"] }).stale, ["timestamp: A.c"]);
  assert.equal(judge({ detector: "timestamp", reason: "false positive", in: ["A.b"] }).wrong.length, 1);
  assert.equal(judge({ detector: "timestamp", reason, in: ["A.b", "A.b"] }).wrong.length, 1);
  assert.deepEqual(judge({ detector: "calls-loop", reason, in: ["A.b"] }).stale, ["calls-loop: A.b"]);
});
