// What governance does: roles, signers, feeds, skills, badges.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Mistake, checkNetwork } from "../networks.mjs";
import { root } from "../stages/execute.mjs";
import { badgeId, isAddress, list, number } from "./words.mjs";

/** Roles of the AccessManager by name, see script/Roles.sol. */
const ROLES = ["ADMIN", "GUARDIAN", "ORACLE_MANAGER", "POOL_MANAGER", "POOL_CREATOR", "SKILL_MANAGER"];
const UNLIMITED = 2n ** 64n - 1n;

function accountIn(chain, { account }) {
  return chain.address("--account", account);
}

async function grant(chain, options) {
  const role = ROLES.indexOf(options.role);
  if (role < 0) throw new Mistake(`--role is "${options.role}"; write one of ${ROLES.join(", ")}`);
  const account = accountIn(chain, options);
  const call = options.revoke
    ? chain.call("AccessManager", "revokeRole", [role, account])
    : chain.call("AccessManager", "grantRole", [role, account, 0]);
  return {
    calls: [call],
    lines: ["the network file says who has roles: name the account there too, or verification names the difference"],
  };
}

async function nameValidator(chain, options) {
  const skill = number("--skill", options.skill, 1, 65_535);
  return {
    calls: [chain.call("SkillWallet", "setValidator", [accountIn(chain, options), skill, !options.revoke])],
    lines: [],
  };
}

async function nameMinter(chain, options) {
  const kind = number("--kind", options.kind, 0, UNLIMITED >> 8n);
  return { calls: [chain.call("Badges", "setMinter", [accountIn(chain, options), kind, !options.revoke])], lines: [] };
}

async function rotateSigners(chain, options) {
  const signers = list("--signers", options.signers);
  const wrong = signers.find((signer) => !isAddress(signer));
  if (wrong) throw new Mistake(`--signers has "${wrong}"; write 0x and 40 hex digits for each signer`);
  signers.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const threshold = number("--threshold", options.threshold, Math.floor(signers.length / 2) + 1, signers.length);
  const strict = number("--strict-threshold", options["strict-threshold"], threshold, signers.length);
  return {
    calls: [chain.call("QuorumVerifier", "rotate", [signers, threshold, strict])],
    lines: [
      `${threshold} of ${signers.length} signers, ${strict} of them strictly; write them into .signerSet of the network file too`,
    ],
  };
}

/** A new feed is a new contract: the act is to name it in the file, from which it is deployed. */
async function addFeed(chain, options) {
  const file = join("script", "networks", `${chain.network}.json`);
  const path = join(root, file);
  const content = JSON.parse(readFileSync(path, "utf8"));
  const feed = {
    pair: options.pair,
    decimals: Number(number("--decimals", options.decimals, 1, 18)),
    description: options.description ?? options.pair.replace("/", " / "),
    maxDelay: Number(number("--max-delay", options["max-delay"], 1, 65_535)),
    breakerBps: Number(number("--breaker-bps", options["breaker-bps"], 1, 9_999)),
    confirmationTime: Number(number("--confirmation-time", options["confirmation-time"], 1, 65_535)),
  };
  content.feeds.push(feed);
  const text = `${JSON.stringify(content, null, 2)}\n`;
  checkNetwork(file, text);
  return {
    calls: [],
    lines: [`${file}: .feeds[${content.feeds.length - 1}] ${JSON.stringify(feed)}`],
    write() {
      const draft = `${path}.${process.pid}.tmp`;
      writeFileSync(draft, text);
      renameSync(draft, path);
      return `${file} names the feed; make deploy creates its contract, after the hand-over make govern gives it its role`;
    },
  };
}

async function defineSkill(chain, options) {
  const read = (name, least, most, standard) => number(`--${name}`, options[name] ?? standard, least, most);
  const policy = [
    read("first-level-xp", 1, 2 ** 32 - 1),
    read("level-step-xp", 0, 2 ** 32 - 1, "0"),
    read("max-level", 1, 255),
    read("grace-seconds", 0, 2 ** 32 - 1, "0"),
    read("decay-xp-per-day", 0, 2 ** 32 - 1, "0"),
    read("max-xp", 1, 2 ** 32 - 1),
  ];
  return { calls: [chain.call("SkillWallet", "defineSkill", [options.name, `(${policy.join(",")})`])], lines: [] };
}

async function createBadge(chain, options) {
  const kind = number("--kind", options.kind, 0, UNLIMITED >> 8n);
  const tier = number("--tier", options.tier ?? "0", 0, 31);
  const policy = [
    options.soulbound ?? false,
    options.freezable ?? false,
    options.claimable ?? false,
    options.cap === undefined ? UNLIMITED : number("--cap", options.cap, 1, UNLIMITED),
    number("--expires-at", options["expires-at"] ?? "0", 0, 2 ** 40 - 1),
    number("--skill", options.skill ?? "0", 0, 65_535),
    number("--level", options.level ?? "0", 0, 255),
    number("--upgrade-cost", options["upgrade-cost"] ?? "0", 0, 255),
  ];
  const id = badgeId(kind, tier);
  return {
    calls: [chain.call("Badges", "createBadge", [id, `(${policy.join(",")})`])],
    lines: [`kind ${kind}, tier ${tier}: badge id ${id}`],
  };
}

export const governance = {
  grant: {
    does: "gives a role of the AccessManager to an account, or takes it",
    options: { role: ROLES.slice(1).join("|"), account: "ADDRESS", revoke: true },
    needs: ["role", "account"],
    make: grant,
  },
  validator: {
    does: "lets an account attest a skill, or no longer",
    options: { skill: "1", account: "ADDRESS", revoke: true },
    needs: ["skill", "account"],
    make: nameValidator,
  },
  minter: {
    does: "lets an account mint badges of a kind, or no longer",
    options: { kind: "1", account: "ADDRESS", revoke: true },
    needs: ["kind", "account"],
    make: nameMinter,
  },
  "rotate-signers": {
    does: "replaces the signer set of all feeds",
    options: { signers: "ADDRESS,...", threshold: "3", "strict-threshold": "4" },
    needs: ["signers", "threshold", "strict-threshold"],
    make: rotateSigners,
  },
  "add-feed": {
    does: "names a feed in the network file (--send writes it)",
    options: {
      pair: "ETH/USD",
      decimals: "8",
      description: "TEXT",
      "max-delay": "120",
      "breaker-bps": "1000",
      "confirmation-time": "30",
    },
    needs: ["pair", "decimals", "max-delay", "breaker-bps", "confirmation-time"],
    make: addFeed,
  },
  "define-skill": {
    does: "defines a skill",
    options: {
      name: "TEXT",
      "first-level-xp": "100",
      "level-step-xp": "0",
      "max-level": "10",
      "grace-seconds": "0",
      "decay-xp-per-day": "0",
      "max-xp": "1000 (most in one attestation)",
    },
    needs: ["name", "first-level-xp", "max-level", "max-xp"],
    make: defineSkill,
  },
  "create-badge": {
    does: "creates a badge of a kind and tier",
    options: {
      kind: "1",
      tier: "0",
      soulbound: true,
      freezable: true,
      claimable: true,
      cap: "NUMBER (default: no limit)",
      "expires-at": "SECONDS",
      skill: "1",
      level: "3",
      "upgrade-cost": "1",
    },
    needs: ["kind"],
    make: createBadge,
  },
};
