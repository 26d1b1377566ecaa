#!/usr/bin/env node
// Compiles contracts with some source files replaced: the mutants of the property harness, without forge's whole build.
//
//   node test/properties/compile.mjs                 reads requests from stdin, one JSON object a line, and answers
//     each by a line: {"id", "replace": {"contracts/pools/Pool.sol": "source"}, "contracts":
//     ["contracts/pools/PoolManager.sol:PoolManager"]} {"id", "code": {"PoolManager": "6080..."}} or {"id", "error":
//   "first message of the compiler"} node test/properties/compile.mjs --out FOLDER FILE:CONTRACT...    writes artifacts
//   as forge lays them out, with its settings
//
// Requests are compiled without the optimizer, which takes half of the time and changes gas alone; --out keeps the
// settings of foundry.toml.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const solc = createRequire(join(root, "package.json"))("solc");

const foundry = readFileSync(join(root, "foundry.toml"), "utf8");
const remappings = [...foundry.matchAll(/^ {2}"([^"=]+)=([^"]+)",$/gm)]
  .map(([, from, to]) => [from, to])
  .sort((a, b) => b[0].length - a[0].length);
const setting = (name) => {
  const [, value] = foundry.match(new RegExp(`^${name} = "?([^"\\n]+)"?$`, "m")) ?? [];
  if (value === undefined) throw new Error(`foundry.toml does not set ${name}`);
  return value;
};

const settings = {
  viaIR: setting("via_ir") === "true",
  evmVersion: setting("evm_version"),
  metadata: { bytecodeHash: "none", appendCBOR: false },
};
const asDeployed = { enabled: true, runs: Number(setting("optimizer_runs")) };
// Moves variables out of the stack's reach and nothing else.
const quick = { enabled: false, details: { yul: true, yulDetails: { stackAllocation: true, optimizerSteps: "u" } } };

const cache = new Map();
function read(path) {
  const [from, to] = remappings.find(([prefix]) => path.startsWith(prefix)) ?? ["", ""];
  const file = join(root, to + path.slice(from.length));
  if (!cache.has(file))
    cache.set(file, existsSync(file) ? { contents: readFileSync(file, "utf8") } : { error: `no ${path}` });
  return cache.get(file);
}

function compile({ replace = {}, contracts }, optimizer) {
  const outputSelection = {};
  const sources = {};
  for (const contract of contracts) {
    const [file, name] = contract.split(":");
    (outputSelection[file] ??= {})[name] = ["abi", "evm.bytecode.object"];
    sources[file] = { content: replace[file] ?? read(file).contents };
  }
  const input = { language: "Solidity", sources, settings: { ...settings, optimizer, outputSelection } };
  const find = (path) => (replace[path] === undefined ? read(path) : { contents: replace[path] });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
  const error = (output.errors ?? []).find((one) => one.severity === "error");
  if (error) return { error: error.formattedMessage };
  const artifacts = {};
  for (const contract of contracts) {
    const [file, name] = contract.split(":");
    const { abi, evm } = output.contracts[file][name];
    artifacts[name] = { file, abi, code: evm.bytecode.object };
  }
  return { artifacts };
}

if (process.argv[2] === "--out") {
  const [folder, ...contracts] = process.argv.slice(3);
  const { error, artifacts } = compile({ contracts }, asDeployed);
  if (error) {
    console.error(error);
    process.exit(1);
  }
  for (const [name, { file, abi, code }] of Object.entries(artifacts)) {
    const path = join(folder, basename(file));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `${name}.json`), JSON.stringify({ abi, bytecode: { object: `0x${code}` } }));
  }
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const { error, artifacts } = compile(request, quick);
    const code = artifacts && Object.fromEntries(Object.entries(artifacts).map(([name, one]) => [name, one.code]));
    process.stdout.write(`${JSON.stringify({ id: request.id, code, error })}\n`);
  }
}
