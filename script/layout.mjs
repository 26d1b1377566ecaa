#!/usr/bin/env node
// Checks what the folders promise: the top level is fixed, source files stay short enough to read in one sitting, links
// between documents lead somewhere, and the seeded defects apply.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const MAX_LINES = 400;
const TOP = new Set(
  ("contracts script test keeper abi deployments docs .ci foundry.toml Cargo.toml Cargo.lock package.json package-lock.json " +
    "Makefile README.md CHANGELOG.md LICENSE .gitignore .npmrc rustfmt.toml clippy.toml").split(" "),
);

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const faults = [];

for (const file of files) {
  const [top] = file.split("/");
  if (!TOP.has(top)) faults.push(`${top}: not part of the top level; move it into a folder that is`);
}

const isSource = (file) => /\.(sol|rs|mjs)$/.test(file);
for (const file of files.filter(isSource)) {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  // Tests beside Rust code do not count: they are read apart.
  const tests = lines.findIndex((line) => line.startsWith("#[cfg(test)]"));
  const length = file.endsWith(".rs") && tests >= 0 ? tests : lines.length - 1;
  if (length > MAX_LINES) faults.push(`${file}: ${length} lines; split it below ${MAX_LINES}`);
}

for (const file of files.filter((name) => name.endsWith(".md"))) {
  for (const [, target] of readFileSync(join(root, file), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const path = normalize(join(dirname(file), target));
    if (!existsSync(join(root, path))) faults.push(`${file}: the link to ${target} leads nowhere`);
  }
}

// A seeded defect that cannot be put back any more proves nothing.
for (const file of files.filter((name) => /^(keeper|test)\/mutants\/.*\.patch$/.test(name))) {
  try {
    execFileSync("git", ["apply", "--check", file], { cwd: root, stdio: "pipe" });
  } catch (error) {
    faults.push(`${file}: does not apply; make it again (${String(error.stderr).split("\n")[0]})`);
  }
}

if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
