#!/usr/bin/env node
// Puts each defect of test/mutants back into a copy of the committed tree, builds what depends on it and runs the forge
// test that its patch names: the test has to pass without the defect and to fail with it. Resumable: a verdict in
// target/mutants-contracts/verdicts holds for the patch, the contracts and the tests that it was made of. SHARD=i/n
// runs a part; names of patches as arguments run those alone.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const patches = join(root, "test", "mutants");
const work = join(root, "target", "mutants-contracts");
const tree = join(work, "tree");
const forge = join(root, "node_modules/@foundry-rs/forge-linux-amd64/bin/forge");
// Both profiles' artifacts and what forge remembers of them.
const built = ["out", "cache", "out-test", "cache-test"];
const [index, of] = (process.env.SHARD ?? "1/1").split("/").map(Number);
const asked = process.argv.slice(2);

const git = (args, cwd = root) => execFileSync("git", args, { cwd, encoding: "utf8", stdio: "pipe" });
const copy = (from, to) => execFileSync("cp", ["-a", "--reflink=auto", from, to]);

/** The lines before the diff: what the defect is, and the forge test that finds it. */
function read(name) {
  const text = readFileSync(join(patches, `${name}.patch`), "utf8");
  const field = (key) => text.match(new RegExp(`^${key}: (.*)$`, "m"))?.[1].trim();
  const [defect, found] = [field("Defect"), field("Found-by")];
  const test = found?.match(/^forge (--match-path \S+ --match-test .+)$/)?.[1];
  if (!defect || !test) {
    throw new Error(
      `test/mutants/${name}.patch: wants the lines "Defect: ..." and "Found-by: forge --match-path FILE --match-test NAME"`,
    );
  }
  return { name, text, test };
}

/** Forge in the copy, with the packages that are installed here. */
function run(args, profile) {
  const env = { ...process.env, FOUNDRY_PROFILE: profile, FOUNDRY_DISABLE_NIGHTLY_WARNING: "1", NO_COLOR: "1" };
  for (const name of ["FORGE_SNAPSHOT_CHECK", "FORGE_SNAPSHOT_EMIT"]) delete env[name];
  // What a test measures is not written: the snapshots belong to the code without defects.
  const done = spawnSync(forge, args, {
    cwd: tree,
    env: { ...env, FORGE_SNAPSHOT_EMIT: "false" },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { ok: done.status === 0, text: `${done.stdout}${done.stderr}` };
}

/** Builds what is deployed, then runs one test on it: "passed", "failed", or why neither. */
function judge(test) {
  const build = run(["build"], "default");
  if (!build.ok) return { why: `it does not build\n${build.text.slice(-3000)}` };
  const { ok, text } = run(["test", ...test.split(" ")], "test");
  const sum = (word) =>
    [...text.matchAll(new RegExp(`(\\d+) ${word};`, "g"))].reduce((all, [, n]) => all + Number(n), 0);
  if (sum("failed") > 0) return { is: "failed" };
  if (ok && sum("passed") > 0) return { is: "passed" };
  return { why: `no test ran\n${text.slice(-3000)}` };
}

/** The sources of a commit, without what a patch may have added. */
function clean(commit) {
  git(["checkout", "--quiet", "--force", "--detach", commit], tree);
  git(["clean", "--quiet", "--force", "-d"], tree);
}

/** The copy at this commit, with the artifacts of the code without defects where they are known. */
function prepare(commit) {
  git(["worktree", "prune"]);
  if (!existsSync(tree)) git(["worktree", "add", "--quiet", "--detach", tree, commit]);
  clean(commit);
  rmSync(join(tree, "node_modules"), { recursive: true, force: true });
  // Hard links: forge resolves a symbolic link, and would compile the packages under names of another folder.
  execFileSync("cp", ["-al", join(root, "node_modules"), join(tree, "node_modules")]);
  mkdirSync(join(work, "base"), { recursive: true });
  for (const folder of built) {
    const base = join(work, "base", folder);
    if (!existsSync(base) && existsSync(join(root, folder))) copy(join(root, folder), base);
  }
  restore();
}

/** Back to the artifacts of the code without defects, so that each defect pays for what it touches alone. */
function restore() {
  for (const folder of built) {
    rmSync(join(tree, folder), { recursive: true, force: true });
    if (existsSync(join(work, "base", folder))) copy(join(work, "base", folder), join(tree, folder));
  }
}

function keep() {
  for (const folder of built) {
    rmSync(join(work, "base", folder), { recursive: true, force: true });
    if (existsSync(join(tree, folder))) copy(join(tree, folder), join(work, "base", folder));
  }
}

function attempt(mutant) {
  const patch = join(patches, `${mutant.name}.patch`);
  const without = judge(mutant.test);
  if (without.is !== "passed") return { found: false, why: `without the defect: ${without.why ?? "the test fails"}` };
  keep();
  git(["apply", patch], tree);
  try {
    const verdict = judge(mutant.test);
    return verdict.is === "failed" ? { found: true } : { found: false, why: verdict.why ?? "the test passed" };
  } finally {
    clean("HEAD");
    restore();
  }
}

const all = readdirSync(patches)
  .filter((file) => file.endsWith(".patch"))
  .map((file) => read(file.replace(/\.patch$/, "")));
const chosen = all.filter((mutant, n) => (asked.length > 0 ? asked.includes(mutant.name) : n % of === index - 1));
const unknown = asked.filter((name) => !all.some((mutant) => mutant.name === name));
if (unknown.length > 0) throw new Error(`test/mutants has no ${unknown.join(", ")}`);
const judged = git(["ls-tree", "-r", "HEAD", "contracts", "script", "test", "foundry.toml", "package-lock.json"])
  .split("\n")
  .filter((line) => /\.(sol|json|toml)$/.test(line))
  .join("\n");
mkdirSync(join(work, "verdicts"), { recursive: true });

let missed = 0;
let ready = false;
for (const mutant of chosen) {
  const key = createHash("sha256").update(judged).update(mutant.text).digest("hex").slice(0, 16);
  const file = join(work, "verdicts", `${mutant.name}-${key}.json`);
  const from = Date.now();
  const known = existsSync(file);
  if (!known && !ready) prepare(git(["rev-parse", "HEAD"]).trim());
  if (!known) ready = true;
  const verdict = known ? JSON.parse(readFileSync(file, "utf8")) : attempt(mutant);
  if (verdict.found && !known) writeFileSync(file, JSON.stringify(verdict));
  if (!verdict.found) missed += 1;
  const seconds = ((Date.now() - from) / 1000).toFixed(0).padStart(5);
  console.log(`${verdict.found ? "found " : "MISSED"} ${mutant.name.padEnd(36)}${seconds} s  ${mutant.test}`);
  if (!verdict.found) console.log(verdict.why.replace(/^/gm, "       "));
}
console.log(`${chosen.length - missed} of ${chosen.length} defects found`);
process.exit(missed === 0 ? 0 : 1);
