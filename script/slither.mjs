#!/usr/bin/env node
// Slither over contracts/: every finding has to be in test/slither.json with the reason why it is none, and nothing
// else may be there.
// `--list` prints all findings as the list writes them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { analyse } from "./slither/analyse.mjs";
import { compare, places } from "./slither/judge.mjs";
import { root } from "./stages/execute.mjs";

const LIST = "test/slither.json";

function sourcesOf(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sourcesOf(path) : path.endsWith(".sol") ? [path] : [];
  });
}

const read = (path) => [path, readFileSync(join(root, path), "utf8")];
const sources = Object.fromEntries(sourcesOf("contracts").map(read));
const found = await analyse(sources);
if (process.argv.includes("--list")) {
  const entries = [...places(found)].map(([detector, all]) => ({ detector, reason: "", in: all }));
  console.log(JSON.stringify(entries, null, 2));
} else {
  const { fresh, stale, wrong } = compare(found, JSON.parse(readFileSync(join(root, LIST), "utf8")));
  const faults = [
    ...fresh.map((one) => `found: ${one}; fix it, or say in ${LIST} why it is none`),
    ...stale.map((one) => `${LIST}: ${one} is not found; take it off`),
    ...wrong.map((one) => `${LIST}: ${one}`),
  ];
  if (faults.length > 0) {
    console.error(faults.join("\n"));
    process.exit(1);
  }
  console.log(`slither: ${found.length} findings, each with its reason`);
}
