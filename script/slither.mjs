#!/usr/bin/env node
// Slither over contracts/: every finding has to be in test/slither.json, with the reason why it is none, and nothing else may be there.
// `--write` prints the list as it would have to be, with the reasons that are known.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { execute, root } from "./stages/execute.mjs";
import { forge } from "./stages/table.mjs";

const LIST = "test/slither.json";
const work = join(root, "target", "slither");
const solc = createRequire(join(root, "package.json"))("solc");

function sourcesOf(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sourcesOf(path) : path.endsWith(".sol") ? [path] : [];
  });
}

/** What forge would ask for with `--build-info`, without code: that is what takes the time, and slither reads the syntax tree. */
function parse() {
  const foundry = readFileSync(join(root, "foundry.toml"), "utf8");
  const remappings = [...foundry.matchAll(/^ {2}"([^"=]+=[^"]+)",$/gm)].map(([, one]) => one);
  const [, evmVersion] = foundry.match(/^evm_version = "(\w+)"$/m);
  const content = (path) => ({ content: readFileSync(join(root, path), "utf8") });
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(sourcesOf("contracts").map((path) => [path, content(path)])),
    settings: {
      remappings,
      evmVersion,
      viaIR: true,
      optimizer: { enabled: true },
      outputSelection: { "*": { "": ["ast"], "*": ["abi", "evm.methodIdentifiers", "userdoc", "devdoc"] } },
    },
  };
  const find = (path) => {
    try {
      input.sources[path] = content(path);
      return { contents: input.sources[path].content };
    } catch {
      return { error: `no ${path}` };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
  const error = (output.errors ?? []).find(({ severity }) => severity === "error");
  if (error) throw new Error(error.formattedMessage);
  const none = { object: "", sourceMap: "", linkReferences: {} };
  for (const file of Object.values(output.contracts)) {
    for (const contract of Object.values(file)) {
      contract.evm = { bytecode: none, deployedBytecode: none, methodIdentifiers: contract.evm?.methodIdentifiers ?? {} };
    }
  }
  return { solcVersion: solc.version().split("+")[0], input, output };
}

async function findings() {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "build-info"), { recursive: true });
  writeFileSync(join(work, "build-info", "contracts.json"), JSON.stringify(parse()));
  const report = join(work, "report.json");
  // It asks forge for the settings.
  const PATH = [join(root, dirname(forge)), process.env.PATH].join(delimiter);
  const command = [
    join("target", "tools", "slither", "bin", "slither"),
    ".",
    "--foundry-ignore-compile",
    "--foundry-build-info-directory",
    join(work, "build-info"),
    "--filter-paths",
    "node_modules",
    "--exclude-informational",
    "--exclude-optimization",
    "--json",
    report,
  ];
  const { text } = await execute(command, { env: { PATH } });
  let found;
  try {
    found = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    throw new Error(`slither left no report\n${text}`);
  }
  if (!found.success) throw new Error(`slither failed: ${found.error}`);
  // Without lines, so that a finding stays itself when the code above it grows.
  return (found.results.detectors ?? [])
    .map(({ check, description }) => `${check}: ${description.replace(/\s*\(contracts\/[^)#]*#[\d-]+\)/g, "").replace(/\s+/g, " ").trim()}`)
    .sort();
}

const list = JSON.parse(readFileSync(join(root, LIST), "utf8"));
const found = await findings();
if (process.argv.includes("--write")) {
  const known = new Set(list.flatMap((one) => one.findings));
  const kept = list.map(({ reason, findings: known }) => ({ reason, findings: found.filter((one) => known.includes(one)) }));
  const fresh = found.filter((one) => !known.has(one));
  const all = [...kept.filter((one) => one.findings.length > 0), ...(fresh.length > 0 ? [{ reason: "", findings: fresh }] : [])];
  console.log(JSON.stringify(all, null, 2));
} else {
  const faults = list.filter(({ reason }) => !(reason?.length > 20)).map((one) => `${LIST}: no reason for ${one.findings[0]}`);
  const listed = list.flatMap((one) => one.findings);
  const count = (all, finding) => all.filter((one) => one === finding).length;
  for (const finding of new Set(found)) {
    if (count(found, finding) > count(listed, finding)) faults.push(`new: ${finding}`);
  }
  for (const finding of new Set(listed)) {
    if (count(listed, finding) > count(found, finding)) faults.push(`${LIST}: found no more, take it off: ${finding}`);
  }
  if (faults.length > 0) {
    console.error(faults.join("\n"));
    process.exit(1);
  }
  console.log(`slither: ${found.length} findings, each with its reason`);
}
