// What explorers ask for to verify a contract's source: solc's standard JSON input of each contract of a record, beside
// the record.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./stages/execute.mjs";

/** The artifact of a contract of the record: feeds share one. */
const artifactOf = (name) => name.split(":")[0];

/**
 * The standard JSON input that compiles to the artifact's bytecode: its own sources and the settings that it was built
 * with.
 *
 * @returns name (as explorers want it: path and contract), compiler (version), input
 */
export function standardInput(artifact) {
  const { metadata } = JSON.parse(readFileSync(join(root, "out", `${artifact}.sol`, `${artifact}.json`), "utf8"));
  const { compilationTarget, ...settings } = metadata.settings;
  const [[path, contract]] = Object.entries(compilationTarget);
  const sources = Object.keys(metadata.sources).map((source) => [
    source,
    { content: readFileSync(join(root, source), "utf8") },
  ]);
  const outputSelection = { [path]: { [contract]: ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };
  return {
    name: `${path}:${contract}`,
    compiler: `v${metadata.compiler.version}`,
    input: {
      language: metadata.language,
      sources: Object.fromEntries(sources),
      settings: { ...settings, outputSelection },
    },
  };
}

/**
 * Writes an input for each artifact of the record, and a list of what an explorer asks for besides.
 *
 * @returns the folder
 */
export function writeSources(record, path) {
  const folder = `${path.replace(/\.json$/, "")}.sources`;
  mkdirSync(folder, { recursive: true });
  const write = (name, content) => {
    const draft = join(folder, `${name}.json.${process.pid}.tmp`);
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(draft, join(folder, `${name}.json`));
  };
  const contracts = {};
  const known = new Map();
  for (const [name, { address, constructorArgs }] of Object.entries(record.contracts)) {
    const artifact = artifactOf(name);
    if (!known.has(artifact)) {
      known.set(artifact, standardInput(artifact));
      write(artifact, known.get(artifact).input);
    }
    const { name: contract, compiler } = known.get(artifact);
    contracts[name] = {
      address,
      contract,
      compiler,
      input: `${artifact}.json`,
      constructorArgs: constructorArgs.replace(/^0x/, ""),
    };
  }
  write("contracts", contracts);
  return folder;
}
