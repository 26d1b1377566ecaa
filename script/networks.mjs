// Reads a network file for the scripts that start forge, and refuses what is wrong in it before anything is sent: each
// error is one line with the file, the key, the value and what to write instead.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./stages/execute.mjs";

/** A mistake of whoever runs the script: shown as one line, without a stack. */
export class Mistake extends Error {}

const DAY = 86_400;
const whole = (least, most) => ({ kind: "whole", least, most });
const address = (...words) => ({ kind: "address", words });
const addresses = (...words) => ({ kind: "addresses", words });
const text = { kind: "text" };
const feed = {
  pair: { kind: "text", most: 32 },
  decimals: whole(1, 18),
  description: text,
  maxDelay: whole(1, 65_535),
  breakerBps: whole(1, 9_999),
  confirmationTime: whole(1, 65_535),
};

/** Every key that a network file has, and what stands there. A list holds the shape of its elements. */
const SHAPE = {
  chainId: whole(1, Number.MAX_SAFE_INTEGER),
  description: text,
  ccipSelector: { kind: "digits" },
  ccipSelectorSource: text,
  finality: {
    kind: { kind: "word", words: ["tag", "depth"] },
    blocks: { ...whole(1, 100_000), optional: true },
    why: text,
  },
  nativeSymbol: text,
  timelock: { delay: whole(1, 30 * DAY), proposers: addresses(), executors: addresses() },
  guardian: address(),
  deployerStays: { kind: "truth" },
  signerSet: { signers: addresses(), count: whole(1, 255), threshold: whole(1, 255), strictThreshold: whole(1, 255) },
  feeds: [feed],
  pools: {
    revenueReceiver: address("timelock"),
    wrappedNative: address("none"),
    initialProtocolFeeBps: whole(0, 5_000),
    flashFeeMillionths: whole(0, 10_000),
    creators: addresses("anyone"),
  },
  reputation: {
    maxDelay: whole(1, DAY),
    minInterval: whole(1, 30 * DAY),
    vetoWindow: whole(1, 30 * DAY),
    maxMove: whole(1, 10_000),
  },
  skills: {
    managers: addresses("timelock"),
    renderer: address("own"),
    badgeUri: { ...text, variable: true },
    discount: {
      badgeKind: whole(0, Number.MAX_SAFE_INTEGER),
      badgeBps: whole(0, 10_000),
      maxBadgeBps: whole(0, 10_000),
      maxReputationBps: whole(0, 10_000),
      maxAge: whole(0, 365 * DAY),
    },
  },
};

const isAddress = (value) => typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value);
const isLeaf = (shape) => !Array.isArray(shape) && (typeof shape.kind === "string" || shape === text);
const quote = (value) => {
  const shown = value === undefined ? "nothing" : JSON.stringify(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
};

class Reader {
  constructor(file, environment) {
    Object.assign(this, { file, environment });
  }

  refuse(key, value, fix) {
    throw new Mistake(`${this.file}: ${key} is ${quote(value)}; ${fix}`);
  }

  /** What "env:NAME" stands for; anything else as it is. */
  resolved(key, value) {
    const name = typeof value === "string" && value.match(/^env:(.*)$/)?.[1];
    if (!name) return value;
    const found = this.environment[name];
    if (!found) throw new Mistake(`${this.file}: ${key} comes from the environment: set ${name}`);
    return found;
  }

  walk(key, value, shape) {
    if (Array.isArray(shape)) {
      if (!Array.isArray(value) || value.length === 0) this.refuse(key, value, "write a list with at least one entry");
      value.forEach((entry, i) => this.walk(`${key}[${i}]`, entry, shape[0]));
    } else if (isLeaf(shape)) {
      this.leaf(key, value, shape);
    } else {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        this.refuse(key || ".", value, "write an object");
      for (const name of Object.keys(value)) {
        const known = `known here: ${Object.keys(shape).join(", ")}`;
        if (!(name in shape))
          throw new Mistake(
            `${this.file}: ${key}.${name} is not a key of a network file; remove it or correct its name (${known})`,
          );
      }
      for (const [name, inner] of Object.entries(shape)) {
        if (name in value) this.walk(`${key}.${name}`, value[name], inner);
        else if (!inner.optional)
          throw new Mistake(`${this.file}: ${key}.${name} is missing; add it, see docs/deployment.md`);
      }
    }
  }

  leaf(key, value, shape) {
    const { kind, words = [], least, most } = shape;
    if (kind === "whole" && !(Number.isSafeInteger(value) && value >= least && value <= most)) {
      this.refuse(key, value, `write a whole number from ${least} to ${most}, without quotes`);
    }
    if (kind === "truth" && typeof value !== "boolean") this.refuse(key, value, "write true or false, without quotes");
    if (kind === "digits" && !/^\d+$/.test(typeof value === "string" ? value : ""))
      this.refuse(key, value, "write the digits in quotes");
    if (kind === "word" && !words.includes(value)) this.refuse(key, value, `write one of: ${words.join(", ")}`);
    if (kind === "text") this.text(key, value, shape);
    if (kind === "address") this.address(key, value, words);
    if (kind === "addresses") this.addresses(key, value, words);
  }

  text(key, value, { most, variable }) {
    if (typeof value !== "string" || value === "") this.refuse(key, value, "write a text in quotes");
    if (most && Buffer.byteLength(value) > most) this.refuse(key, value, `write at most ${most} characters`);
    if (variable) this.resolved(key, value);
  }

  address(key, value, words) {
    if (words.includes(value)) return;
    const found = this.resolved(key, value);
    const others = words.map((word) => `, or "${word}"`).join("");
    if (!isAddress(found)) this.refuse(key, found, `write 0x and 40 hex digits, or "env:NAME"${others}`);
    if (/^0x0{40}$/.test(found)) this.refuse(key, found, `the zero address holds nothing; write an account${others}`);
  }

  addresses(key, value, words) {
    if (words.includes(value)) return;
    const others = words.map((word) => `, or "${word}"`).join("");
    const found = Array.isArray(value) ? value : this.resolved(key, value);
    if (typeof found === "string" && Array.isArray(value) === false && value === found) {
      this.refuse(key, value, `write a list of addresses, or "env:NAME"${others}`);
    }
    const list = typeof found === "string" ? found.split(",").map((entry) => entry.trim()) : found;
    if (!Array.isArray(list) || list.length === 0)
      this.refuse(key, value, `write a list of addresses, or "env:NAME"${others}`);
    list.forEach((entry) => {
      if (!isAddress(entry) || /^0x0{40}$/.test(entry))
        this.refuse(key, entry, "write 0x and 40 hex digits for each account, none of them zero");
    });
    const lower = list.map((entry) => entry.toLowerCase());
    const twice = lower.find((entry, i) => lower.indexOf(entry) !== i);
    if (twice) this.refuse(key, twice, "name each account once");
    return list;
  }

  /** What no single value shows. */
  rules(network) {
    const { count, threshold, strictThreshold, signers } = network.signerSet;
    const named = this.addresses(".signerSet.signers", signers, []);
    if (named.length !== count)
      this.refuse(".signerSet.count", count, `it is not the number of signers; ${named.length} are named`);
    if (threshold * 2 <= count) this.refuse(".signerSet.threshold", threshold, `write a majority of ${count}`);
    if (strictThreshold < threshold || strictThreshold > count) {
      this.refuse(".signerSet.strictThreshold", strictThreshold, `write a number from ${threshold} to ${count}`);
    }
    const pairs = network.feeds.map(({ pair }) => pair);
    const twice = pairs.findIndex((pair, i) => pairs.indexOf(pair) !== i);
    if (twice >= 0) this.refuse(`.feeds[${twice}].pair`, pairs[twice], "name each pair once");
    const { maxBadgeBps, maxReputationBps } = network.skills.discount;
    if (maxBadgeBps + maxReputationBps > 10_000) {
      this.refuse(
        ".skills.discount.maxReputationBps",
        maxReputationBps,
        `with .maxBadgeBps it gives away more than the whole fee; write at most ${10_000 - maxBadgeBps}`,
      );
    }
    if (network.deployerStays && network.chainId !== 31_337 && network.chainId !== 31_338) {
      this.refuse(".deployerStays", true, "only local chains (31337, 31338) may keep it; write false");
    }
    if (network.finality.kind === "depth" && network.finality.blocks === undefined) {
      throw new Mistake(`${this.file}: .finality.blocks is missing; add it, since .finality.kind is "depth"`);
    }
  }
}

/** Checks the content of a network file. `file` is its name for the errors. */
export function checkNetwork(file, content, environment = process.env) {
  let network;
  try {
    network = JSON.parse(content);
  } catch (error) {
    throw new Mistake(`${file}: is not JSON (${error.message.split("\n")[0]}); correct it there`);
  }
  const reader = new Reader(file, environment);
  reader.walk("", network, SHAPE);
  reader.rules(network);
  return network;
}

/** The network file of that name. */
export function readNetwork(name, environment = process.env) {
  const folder = join(root, "script", "networks");
  const file = join("script", "networks", `${name}.json`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(join(root, file))) {
    const known = readdirSync(folder).map((entry) => entry.replace(/\.json$/, ""));
    throw new Mistake(`no network "${name}"; known: ${known.join(", ")}`);
  }
  return checkNetwork(file, readFileSync(join(root, file), "utf8"), environment);
}
