// Wrong network files and environments: one line each, with the file, the key, the value and what to write.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkNetwork } from "../../script/networks.mjs";
import { root } from "./anvil.mjs";

const folder = join(root, "script", "networks");
const local = () => JSON.parse(readFileSync(join(folder, "local-a.json"), "utf8"));
const account = (n) => `0x${n.toString(16).padStart(40, "0")}`;
const environment = {
  FLUXION_PROPOSERS: account(17),
  FLUXION_EXECUTORS: account(18),
  FLUXION_GUARDIAN: account(19),
  FLUXION_POOL_CREATORS: account(21),
  FLUXION_WRAPPED_NATIVE: account(22),
  FLUXION_SKILL_MANAGERS: account(23),
  FLUXION_BADGE_URI: "https://example.org/{id}.json",
  FLUXION_SIGNERS: [37, 33, 34, 35, 36].map(account).join(","),
};

test("DEPLOY-8: every network file of the project is accepted", () => {
  for (const file of readdirSync(folder)) checkNetwork(file, readFileSync(join(folder, file), "utf8"), environment);
});

/** The key that a mistake is about, how it is made, and what the line says besides. */
const mistakes = [
  [".chainId", (n) => (n.chainId = "31337"), /is "31337"; write a whole number/],
  [".chainId", (n) => (n.chainId = 0), /is 0; write/],
  [".chainId", (n) => delete n.chainId, /is missing; add it/],
  [".chainID", (n) => (n.chainID = 1), /is not a key of a network file; remove it or correct its name/],
  [".ccipSelector", (n) => (n.ccipSelector = 7759470850252068959), /write the digits in quotes/],
  [".finality", (n) => delete n.finality, /is missing/],
  [".finality.kind", (n) => (n.finality.kind = "soon"), /is "soon"; write one of: tag, depth/],
  [".finality.blocks", (n) => (n.finality.kind = "depth"), /is missing/],
  [".timelock.delay", (n) => (n.timelock.delay = "2 days"), /is "2 days"; write a whole number from 1/],
  [".timelock.delay", (n) => (n.timelock.delay = 2.5), /is 2\.5; write a whole number/],
  [".timelock.delay", (n) => (n.timelock.delay = -1), /is -1/],
  [".timelock.delay", (n) => (n.timelock.delay = 31 * 86_400), /is 2678400; write a whole number from 1 to 2592000/],
  [".timelock.proposers", (n) => (n.timelock.proposers = []), /write a list of addresses/],
  [".timelock.proposers", (n) => (n.timelock.proposers = account(1)), /write a list of addresses/],
  [".timelock.proposers", (n) => (n.timelock.proposers = ["0x12"]), /is "0x12"; write 0x and 40 hex digits/],
  [".timelock.proposers", (n) => (n.timelock.proposers = [account(0)]), /none of them zero/],
  [".timelock.executors", (n) => (n.timelock.executors = [account(7), account(7)]), /name each account once/],
  [".timelock.executers", (n) => (n.timelock.executers = []), /is not a key/],
  [".guardian", (n) => (n.guardian = "0xZZ"), /is "0xZZ"; write 0x and 40 hex digits/],
  [".guardian", (n) => (n.guardian = account(0)), /the zero address holds nothing/],
  [".guardian", (n) => (n.guardian = null), /is null; write/],
  [".guardian", (n) => (n.guardian = "env:NOT_SET"), /comes from the environment: set NOT_SET/],
  [".deployerStays", (n) => (n.deployerStays = "true"), /is "true"; write true or false, without quotes/],
  [".deployerStays", (n) => (n.chainId = 146), /is true; only local chains/],
  [".signerSet.count", (n) => (n.signerSet.count = 4), /is 4; it is not the number of signers; 3 are named/],
  [".signerSet.threshold", (n) => (n.signerSet.threshold = 1), /is 1; write a majority of 3/],
  [".signerSet.strictThreshold", (n) => (n.signerSet.strictThreshold = 4), /is 4; write a number from 2 to 3/],
  [".signerSet.signers", (n) => (n.signerSet.signers[1] = n.signerSet.signers[0]), /name each account once/],
  [".feeds", (n) => (n.feeds = []), /at least one entry/],
  [".feeds", (n) => (n.feeds = {}), /at least one entry/],
  [".feeds[1].pair", (n) => (n.feeds[1].pair = "EUR/USD"), /is "EUR\/USD"; name each pair once/],
  [".feeds[0].pair", (n) => (n.feeds[0].pair = "x".repeat(33)), /at most 32/],
  [".feeds[2].maxDelay", (n) => (n.feeds[2].maxDelay = 0), /is 0; write a whole number from 1/],
  [".feeds[3].heartbeat", (n) => (n.feeds[3].heartbeat = 60), /is not a key/],
  [
    ".pools.creators",
    (n) => (n.pools.creators = "everyone"),
    /is "everyone"; write a list of addresses, or "env:NAME", or "anyone"/,
  ],
  [
    ".pools.wrappedNative",
    (n) => (n.pools.wrappedNative = "weth"),
    /is "weth"; write 0x and 40 hex digits, or "env:NAME", or "none"/,
  ],
  [
    ".pools.initialProtocolFeeBps",
    (n) => (n.pools.initialProtocolFeeBps = 5_001),
    /is 5001; write a whole number from 0 to 5000/,
  ],
  [".pools.flashFeeMillionths", (n) => (n.pools.flashFeeMillionths = 1e6), /from 0 to 10000/],
  [".skills.badgeUri", (n) => (n.skills.badgeUri = ""), /write a text in quotes/],
  [".skills.renderer", (n) => (n.skills.renderer = true), /is true; write .* or "own"/],
  [
    ".skills.discount.maxReputationBps",
    (n) => (n.skills.discount.maxReputationBps = 8_000),
    /more than the whole fee; write at most 7000/,
  ],
  [".skills.discount", (n) => (n.skills.discount = 5), /is 5; write an object/],
];
test("DEPLOY-8: each mistake in a network file is one line with file, key, value and fix", () => {
  assert.ok(mistakes.length >= 40);
  for (const [key, make, said] of mistakes) {
    const network = local();
    make(network);
    assert.throws(
      () => checkNetwork("script/networks/x.json", JSON.stringify(network), environment),
      ({ message }) => {
        assert.ok(message.startsWith(`script/networks/x.json: ${key} `), `${key}: ${message}`);
        assert.match(message, said);
        assert.doesNotMatch(message, /\n/);
        return true;
      },
      `${key} ${said}`,
    );
  }
});

test("DEPLOY-8: broken JSON is one line with the file", () => {
  for (const content of ["{", "", "null", "[]", '{"chainId": 1,}']) {
    assert.throws(
      () => checkNetwork("script/networks/x.json", content, environment),
      ({ message }) => {
        assert.match(message, /^script\/networks\/x\.json: [^\n]+; [^\n]+$/);
        return true;
      },
    );
  }
});

test("DEPLOY-8: a network file may say zero, nothing and another renderer", () => {
  const network = local();
  Object.assign(network.skills.discount, { badgeKind: 0, badgeBps: 0, maxBadgeBps: 0, maxReputationBps: 0, maxAge: 0 });
  Object.assign(network.pools, { initialProtocolFeeBps: 0, flashFeeMillionths: 0 });
  network.skills.renderer = account(9);
  checkNetwork("x", JSON.stringify(network), environment);
});
