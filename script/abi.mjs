#!/usr/bin/env node
// Writes the ABIs that clients use, abi/json/<Contract>.json, from what forge built in out/: one for each name that a
// deployment record has, with every error that a call of it can end with and every event that its address can emit.
// `--check` writes nothing and fails when a file differs from the build.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { declaredErrors, thrown } from "./abi/thrown.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "out");
const target = join(root, "abi", "json");

/** The modules that PoolManager delegates to: what they emit and revert with comes from its address. */
export const POOL_MODULES = readdirSync(join(root, "contracts/pools/modules"))
  .filter((file) => /^Pool\w+\.sol$/.test(file))
  .map((file) => file.slice(0, -".sol".length))
  .filter((name) => (artifact(name)?.bytecode?.object ?? "0x") !== "0x");

/**
 * - `interface`: what a client may call, where the contract's own artifact has only a part of it
 * - `parts`: contracts whose code runs at its address
 * - `calls`: contracts whose errors it passes on to its caller
 */
export const contracts = [
  { name: "AccessManager" },
  { name: "Badges", calls: ["SkillWallet"] },
  { name: "Create3Factory" },
  { name: "PoolManager", interface: "IPoolManager", parts: POOL_MODULES },
  { name: "PoolShareToken", calls: ["PoolManager"] },
  { name: "PoolShareTokenFactory", calls: ["PoolManager"] },
  { name: "PriceFeed", calls: ["QuorumVerifier"] },
  { name: "QuorumVerifier" },
  { name: "ReputationOracle", calls: ["QuorumVerifier"] },
  { name: "SkillDiscount" },
  { name: "SkillWallet" },
  { name: "TimelockController" },
  { name: "WalletRenderer" },
  // Part of PoolManager at addresses of their own; nobody but it has a use for them.
  ...POOL_MODULES.map((name) => ({ name })),
  // Of contracts that are not ours: what tokens and Chainlink's feeds have in common with them.
  { name: "AggregatorV3Interface" },
  { name: "IERC20Metadata" },
];

/** Functions first, then events and errors; within a kind by name and inputs, so that moving code changes nothing. */
const kinds = ["constructor", "receive", "fallback", "function", "event", "error"];
const signature = (entry) => `${entry.name ?? ""}(${(entry.inputs ?? []).map((input) => input.type).join(",")})`;
const byKindAndName = (a, b) =>
  kinds.indexOf(a.type) - kinds.indexOf(b.type) ||
  (signature(a) < signature(b) ? -1 : signature(a) > signature(b) ? 1 : 0);

function artifact(name) {
  const path = join(out, `${name}.sol`, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

function built(name) {
  const found = artifact(name);
  if (!found) throw new Error(`out/${name}.sol/${name}.json is missing: run \`make build\` first`);
  return found.abi;
}

let errors;
const declared = () => (errors ??= declaredErrors(out));

/** The whole ABI of a contract of the list. */
export function abiOf({ name, interface: whole, parts = [], calls = [] }) {
  const own = built(name);
  const entries = whole ? [...own.filter(({ type }) => type !== "function"), ...built(whole)] : [...own];
  for (const part of parts) entries.push(...built(part).filter(({ type }) => type === "error" || type === "event"));
  for (const part of [name, ...parts]) entries.push(...thrown(artifact(part).deployedBytecode.object, declared()));
  const passedOn = calls.flatMap((callee) => abiOf(contracts.find((one) => one.name === callee)));
  // A `restricted` function asks the AccessManager, which refuses what is not scheduled or not yet ready.
  if (entries.some((entry) => signature(entry) === "authority()")) passedOn.push(...built("AccessManager"));
  entries.push(...passedOn.filter(({ type }) => type === "error"));
  const unique = new Map(entries.map((entry) => [`${entry.type} ${signature(entry)}`, entry]));
  return [...unique.values()].sort(byKindAndName);
}

function main() {
  const check = process.argv.includes("--check");
  mkdirSync(target, { recursive: true });
  const drifted = [];
  for (const contract of contracts) {
    const file = join(target, `${contract.name}.json`);
    const wanted = `${JSON.stringify(abiOf(contract), null, 2)}\n`;
    const present = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    if (present === wanted) continue;
    drifted.push(`abi/json/${contract.name}.json ${present === undefined ? "is missing" : "differs from the build"}`);
    if (!check) writeFileSync(file, wanted);
  }
  for (const file of readdirSync(target)) {
    if (file.endsWith(".json") && !contracts.some(({ name }) => name === file.slice(0, -5))) {
      drifted.push(`abi/json/${file} is not in the list of script/abi.mjs`);
    }
  }
  if (check && drifted.length > 0) {
    const differences = drifted.join("\n  ");
    throw new Error(
      `the ABIs have drifted from the contracts:\n  ${differences}\nrun \`make abi\` and commit abi/json`,
    );
  }
  const changed = drifted.length === 0 ? "unchanged" : `${drifted.length} ${check ? "drifted" : "written"}`;
  console.log(`abi: ${contracts.length} contracts, ${changed}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    main();
  } catch (error) {
    console.error(`abi: ${error.message}`);
    process.exit(1);
  }
}
