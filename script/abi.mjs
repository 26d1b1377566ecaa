#!/usr/bin/env node
// Writes the ABIs that Rust and other clients use, abi/json/<Contract>.json, from what forge built in out/.
// `--check` writes nothing and fails when a file differs from the build.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "out");
const target = join(root, "abi", "json");

// What a client of a deployment calls or decodes. The interfaces are what the keeper is written against; the contracts
// add the errors and the constructor that only the implementation has.
const contracts = [
  "AccessManager",
  "AggregatorV3Interface",
  "IBadges",
  "IERC20Metadata",
  "IPoolManager",
  "IPriceFeed",
  "IQuorumVerifier",
  "IReputationOracle",
  "ISkillDiscount",
  "ISkillWallet",
  "PriceFeed",
  "QuorumVerifier",
  "TimelockController",
];

/** Functions first, then events and errors; within a kind by name and inputs, so that moving code changes nothing. */
const kinds = ["constructor", "receive", "fallback", "function", "event", "error"];
const signature = (entry) => `${entry.name ?? ""}(${(entry.inputs ?? []).map((input) => input.type).join(",")})`;
const byKindAndName = (a, b) =>
  kinds.indexOf(a.type) - kinds.indexOf(b.type) || (signature(a) < signature(b) ? -1 : signature(a) > signature(b) ? 1 : 0);

function render(name) {
  const artifact = join(out, `${name}.sol`, `${name}.json`);
  if (!existsSync(artifact)) {
    throw new Error(`out/${name}.sol/${name}.json is missing: run \`make build\` first`);
  }
  const { abi } = JSON.parse(readFileSync(artifact, "utf8"));
  return `${JSON.stringify([...abi].sort(byKindAndName), null, 2)}\n`;
}

function main() {
  const check = process.argv.includes("--check");
  mkdirSync(target, { recursive: true });
  const drifted = [];
  for (const name of contracts) {
    const file = join(target, `${name}.json`);
    const wanted = render(name);
    const present = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    if (present === wanted) continue;
    drifted.push(`abi/json/${name}.json ${present === undefined ? "is missing" : "differs from the build"}`);
    if (!check) writeFileSync(file, wanted);
  }
  for (const file of readdirSync(target)) {
    if (file.endsWith(".json") && !contracts.includes(file.slice(0, -5))) {
      drifted.push(`abi/json/${file} is not in the list of script/abi.mjs`);
    }
  }
  if (check && drifted.length > 0) {
    throw new Error(`the ABIs have drifted from the contracts:\n  ${drifted.join("\n  ")}\nrun \`make abi\` and commit abi/json`);
  }
  const changed = drifted.length === 0 ? "unchanged" : `${drifted.length} ${check ? "drifted" : "written"}`;
  console.log(`abi: ${contracts.length} contracts, ${changed}`);
}

try {
  main();
} catch (error) {
  console.error(`abi: ${error.message}`);
  process.exit(1);
}
