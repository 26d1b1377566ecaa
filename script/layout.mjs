#!/usr/bin/env node
// Checks what the folders promise: one module of script/layout for each kind of promise.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { circles } from "./layout/circles.mjs";
import { columns } from "./layout/columns.mjs";
import { deployedCode } from "./layout/deployed.mjs";
import { figures, links, reachable } from "./layout/documents.mjs";
import { lengths, topLevel } from "./layout/files.mjs";
import { interfaces } from "./layout/interfaces.mjs";
import { promises } from "./layout/promises.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const contents = new Map();
const tree = {
  files,
  has: (path) => existsSync(join(root, path)),
  read(file) {
    if (!contents.has(file)) contents.set(file, readFileSync(join(root, file), "utf8"));
    return contents.get(file);
  },
};

/** A seeded defect that cannot be put back any more proves nothing. */
function seededDefects() {
  return files
    .filter((name) => /^(keeper|test)\/mutants\/.*\.patch$/.test(name))
    .flatMap((file) => {
      try {
        execFileSync("git", ["apply", "--check", file], { cwd: root, stdio: "pipe" });
        return [];
      } catch (error) {
        return [`${file}: does not apply; make it again (${String(error.stderr).split("\n")[0]})`];
      }
    });
}

/** The same for the mutants of the property harness: what each replaces is there once. */
function seededReplacements() {
  return files
    .filter((name) => /^test\/properties\/mutants\/.*\.json$/.test(name))
    .map((list) => [list, JSON.parse(tree.read(list))])
    .filter(([, mutants]) => Array.isArray(mutants))
    .flatMap(([list, mutants]) => mutants.map((mutant) => ({ list, ...mutant })))
    .filter(({ file, from }) => from !== undefined && (!tree.has(file) || tree.read(file).split(from).length !== 2))
    .map(({ list, name, file }) => `${list}: "${name}" does not apply to ${file}: what it replaces is not there once`);
}

const faults = [
  topLevel,
  lengths,
  columns,
  links,
  circles,
  reachable,
  figures,
  deployedCode,
  promises,
  interfaces,
].flatMap((check) => check(tree));
faults.push(...seededDefects(), ...seededReplacements());
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
