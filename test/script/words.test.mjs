// What a deployer writes, and what the contracts get.
import assert from "node:assert/strict";
import { test } from "node:test";
import { badgeId, list, millionths, number, pairs, poolKey, readKey, units, whole } from "../../script/acts/words.mjs";

const [low, high, other] = ["1", "2", "3"].map((digit) => `0x${digit.repeat(40)}`);

test("DEPLOY-11: percentages and amounts are exact", () => {
  assert.equal(millionths("x", "0.3%"), 3_000n);
  assert.equal(millionths("x", "0.0001%"), 1n);
  assert.equal(millionths("x", "100%"), 1_000_000n);
  assert.equal(units("x", "12.5", 6), 12_500_000n);
  assert.equal(units("x", "1", 0), 1n);
  assert.equal(units("x", "0.000000000000000001", 18), 1n);
  for (const [amount, decimals, text] of [
    [12_500_000n, 6, "12.5"],
    [1n, 18, "0.000000000000000001"],
    [7n, 0, "7"],
    [10n ** 18n, 18, "1"],
    [0n, 6, "0"],
    [100n, 0, "100"],
  ]) {
    assert.equal(whole(amount, decimals), text);
    assert.equal(units("x", text, decimals), amount);
  }
  for (const wrong of ["3", "0.00001%", "%", "-1%", undefined])
    assert.throws(() => millionths("--fee", wrong), /--fee is ".*"; write a percentage/);
  for (const wrong of ["1.0000001", "", "1e6", "1,5", ".5"])
    assert.throws(
      () => units("--sell", wrong, 6),
      /--sell is ".*"; write a number of whole tokens with at most 6 decimals/,
    );
});

test("DEPLOY-11: a pool's key has its tokens by rising address, and reads back", () => {
  const word = (address, decimals, weight) => BigInt(address) | (BigInt(decimals) << 160n) | (weight << 168n);
  const tokens = [
    { address: high, decimals: 18, weight: 800_000n },
    { address: low, decimals: 6, weight: 200_000n },
  ];
  const weighted = poolKey({ kind: "weighted", fee: 3_000n, tokens });
  assert.deepEqual(weighted, [3_000n, word(low, 6, 200_000n), word(high, 18, 800_000n)]);
  const stable = poolKey({
    kind: "stable",
    fee: 400n,
    amplification: 200n,
    tokens: [{ ...tokens[0], provider: other }, tokens[1]],
  });
  assert.deepEqual(stable, [
    400n | (200n << 24n) | (1n << 232n),
    word(low, 6, 0n),
    word(high, 18, 0n) | (1n << 200n),
    BigInt(other),
  ]);
  const [first] = poolKey({ kind: "weighted", fee: 3_000n, policy: other, leastFee: 1_000n, tokens });
  assert.equal(first, 3_000n | (1_000n << 48n) | (BigInt(other) << 72n));
  const read = readKey(stable.map(String));
  assert.deepEqual([read.kind, read.fee, read.amplification], ["stable", 400n, 200n]);
  assert.deepEqual(
    read.tokens.map(({ address, decimals }) => [address, decimals]),
    [
      [low, 6],
      [high, 18],
    ],
  );
  assert.equal(readKey(weighted).kind, "weighted");
  assert.equal(badgeId(3n, 31n), 3n * 256n + 31n);
});

test("DEPLOY-11: what cannot be meant is refused with its place and a fix", () => {
  assert.throws(() => pairs("--tokens", "A=1,B"), /--tokens is "A=1,B"; write TOKEN=VALUE/);
  assert.throws(() => pairs("--tokens", undefined), /--tokens is "undefined"; write TOKEN=VALUE/);
  assert.throws(() => list("--signers", `${low},${low}`), /--signers names 0x1+ twice; name it once/);
  assert.throws(() => list("--pools", "a,"), /--pools is "a,"; write a list/);
  for (const wrong of ["32", "-1", "1.5", "", undefined])
    assert.throws(() => number("--tier", wrong, 0, 31), /--tier is ".*"; write a whole number from 0 to 31/);
});
