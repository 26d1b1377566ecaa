// What a deployer writes, as the contracts want it: percentages, whole tokens, lists, and the keys of pools. The only
// place where the scripts pack bits.
import { Mistake } from "../networks.mjs";

export const isAddress = (text) => /^0x[0-9a-fA-F]{40}$/.test(text ?? "");

/** "0.3%" or "50%" in millionths. */
export function millionths(place, text) {
  const found = String(text ?? "").match(/^(\d{1,3})(?:\.(\d{1,4}))?%$/);
  if (!found) throw new Mistake(`${place} is "${text}"; write a percentage with at most four decimals, e.g. 0.3%`);
  return BigInt(found[1]) * 10_000n + BigInt((found[2] ?? "").padEnd(4, "0"));
}

/** "12.5" in the smallest units of a token with that many decimals. */
export function units(place, text, decimals) {
  const found = String(text ?? "").match(/^(\d+)(?:\.(\d+))?$/);
  if (!found || (found[2] ?? "").length > decimals) {
    throw new Mistake(
      `${place} is "${text}"; write a number of whole tokens with at most ${decimals} decimals, e.g. 12.5`,
    );
  }
  return BigInt(found[1]) * 10n ** BigInt(decimals) + BigInt((found[2] ?? "").padEnd(decimals, "0") || 0);
}

/** Smallest units as whole tokens. */
export function whole(amount, decimals) {
  const digits = BigInt(amount)
    .toString()
    .padStart(decimals + 1, "0");
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return digits.slice(0, digits.length - decimals) + (decimals > 0 && fraction ? `.${fraction}` : "");
}

/** A whole number within its bounds. */
export function number(place, text, least, most) {
  const value = /^\d+$/.test(text ?? "") ? BigInt(text) : -1n;
  if (value < BigInt(least) || value > BigInt(most))
    throw new Mistake(`${place} is "${text}"; write a whole number from ${least} to ${most}`);
  return value;
}

/** "A=1,B=2" as pairs. */
export function pairs(place, text) {
  const found = (text ?? "").split(",").map((entry) => entry.trim().split("="));
  if (found.some((entry) => entry.length !== 2 || !entry[0] || !entry[1])) {
    throw new Mistake(`${place} is "${text}"; write TOKEN=VALUE for each token, with commas between them`);
  }
  return found;
}

/** "A,B" as a list without repetitions. */
export function list(place, text) {
  const found = (text ?? "").split(",").map((entry) => entry.trim());
  const twice = found.find((entry, i) => found.findIndex((other) => other.toLowerCase() === entry.toLowerCase()) !== i);
  if (found.includes("")) throw new Mistake(`${place} is "${text}"; write a list with commas between its entries`);
  if (twice) throw new Mistake(`${place} names ${twice} twice; name it once`);
  return found;
}

/** The lowest `bits` bits of `word` from bit `from` on. */
const field = (word, from, bits) => (word >> BigInt(from)) & ((1n << BigInt(bits)) - 1n);
const hex = (value) => `0x${value.toString(16).padStart(40, "0")}`;

/**
 * The key of a pool (see contracts/pools/state/PoolKey.sol).
 *
 * @param {object} pool kind ("weighted" or "stable"), fee (millionths), amplification, policy (address), leastFee,
 *   tokens: address, decimals, weight (millionths) and provider (address) of each, in any order
 */
export function poolKey({ kind, fee, amplification = 0n, policy, leastFee = 0n, tokens }) {
  const sorted = [...tokens].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  const providers = sorted.filter(({ provider }) => provider);
  const first =
    fee |
    (amplification << 24n) |
    (leastFee << 48n) |
    (BigInt(policy ?? 0) << 72n) |
    (BigInt(providers.length) << 232n);
  const word = ({ address, decimals, weight, provider }) =>
    BigInt(address) | (BigInt(decimals) << 160n) | (kind === "weighted" ? weight << 168n : provider ? 1n << 200n : 0n);
  return [first, ...sorted.map(word), ...providers.map(({ provider }) => BigInt(provider))];
}

/** What a key says: the opposite of {@link poolKey}. */
export function readKey(key) {
  const [first, ...rest] = key.map(BigInt);
  const tokens = rest.slice(0, rest.length - Number(field(first, 232, 4)));
  const amplification = field(first, 24, 24);
  return {
    kind: amplification === 0n ? "weighted" : "stable",
    fee: field(first, 0, 24),
    amplification,
    tokens: tokens.map((word) => ({
      address: hex(field(word, 0, 160)),
      decimals: Number(field(word, 160, 8)),
      weight: field(word, 168, 32),
    })),
  };
}

/** Kind and tier of a badge as its id. */
export const badgeId = (kind, tier) => (kind << 8n) | tier;
