#!/usr/bin/env node
// Puts each defect of keeper/mutants back into a copy of the committed tree and runs the test that its patch names: the
// test has to fail. Resumable: a verdict in target/mutants/verdicts holds for the patch and commit it was made of.
// SHARD=i/n runs a part; names of patches as arguments run those alone.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const patches = join(root, "keeper", "mutants");
const work = join(root, "target", "mutants");
const tree = join(work, "tree");
const [index, of] = (process.env.SHARD ?? "1/1").split("/").map(Number);
const asked = process.argv.slice(2);

const git = (args, cwd = root) => execFileSync("git", args, { cwd, encoding: "utf8" });

/** The lines before the diff: what the defect is, and which test finds it. */
function read(name) {
  const text = readFileSync(join(patches, `${name}.patch`), "utf8");
  const field = (key) => text.match(new RegExp(`^${key}: (.*)$`, "m"))?.[1];
  const [defect, test] = [field("Defect"), field("Found-by")];
  if (!defect || !test) throw new Error(`${name}.patch does not say its Defect and who it is Found-by`);
  return { name, text, defect, test };
}

const all = readdirSync(patches)
  .filter((file) => file.endsWith(".patch"))
  .map((file) => read(file.replace(/\.patch$/, "")));
const chosen = all.filter((mutant, n) => (asked.length > 0 ? asked.includes(mutant.name) : n % of === index - 1));
const commit = git(["rev-parse", "HEAD"]).trim();
mkdirSync(join(work, "verdicts"), { recursive: true });
if (existsSync(tree)) git(["worktree", "remove", "--force", tree]);
git(["worktree", "prune"]);
git(["worktree", "add", "--quiet", "--detach", tree, commit]);
// What is installed or built by others than cargo. Hard links: forge resolves a symbolic link, and would refuse to read
// the artifacts and compile the packages under names of another folder. It writes anew what the scripts are compiled
// to.
for (const folder of ["node_modules", "out"]) execFileSync("cp", ["-al", join(root, folder), join(tree, folder)]);
for (const folder of ["out-script", "cache-script"]) execFileSync("cp", ["-a", join(root, folder), join(tree, folder)]);

/** The one test program that holds a test: `binary(NAME)` or `package(NAME)`, the latter for tests beside the code. */
function where(test) {
  const [, binary] = test.match(/binary\((\w+)\)/) ?? [];
  if (!binary) return ["-p", test.match(/package\(([\w-]+)\)/)[1], "--lib"];
  return [
    "-p",
    existsSync(join(root, "keeper", "tests", binary)) ? "fluxion-keeper" : "fluxion-devnet",
    "--test",
    binary,
  ];
}

function run(mutant) {
  const env = { ...process.env, CARGO_TARGET_DIR: join(work, "build"), CARGO_TERM_COLOR: "never", RUST_BACKTRACE: "0" };
  const patch = join(patches, `${mutant.name}.patch`);
  git(["apply", patch], tree);
  try {
    // A world's test needs the programs too.
    const world = /binary\(world/.test(mutant.test);
    const cargo = (args) => spawnSync("cargo", args, { cwd: tree, env, encoding: "utf8", maxBuffer: 1 << 28 });
    if (world) {
      // A test against programs of another build says nothing.
      const built = cargo(["build", "--quiet", "--workspace", "--bins"]);
      if (built.status !== 0) return { found: false, why: `it does not build\n${built.stderr.slice(-2000)}` };
    }
    const done = cargo([
      "nextest",
      "run",
      "--retries",
      "0",
      "--config-file",
      "test/nextest.toml",
      ...where(mutant.test),
      "-E",
      mutant.test,
    ]);
    const text = `${done.stdout}${done.stderr}`;
    const [, passed = "0"] = text.match(/(\d+) passed/) ?? [];
    const [, failed = "0"] = text.match(/(\d+) failed/) ?? [];
    const [, late = "0"] = text.match(/(\d+) timed out/) ?? [];
    if (Number(failed) + Number(late) > 0) return { found: true };
    const why = Number(passed) > 0 ? "the test passed" : `no test ran\n${text.slice(-2000)}`;
    return { found: false, why };
  } finally {
    git(["apply", "--reverse", patch], tree);
  }
}

let missed = 0;
try {
  for (const mutant of chosen) {
    const key = createHash("sha256").update(commit).update(mutant.text).digest("hex").slice(0, 16);
    const file = join(work, "verdicts", `${mutant.name}-${key}.json`);
    const from = Date.now();
    const known = existsSync(file);
    const verdict = known ? JSON.parse(readFileSync(file, "utf8")) : run(mutant);
    if (verdict.found && !known) writeFileSync(file, JSON.stringify(verdict));
    if (!verdict.found) missed += 1;
    const seconds = ((Date.now() - from) / 1000).toFixed(0).padStart(5);
    console.log(`${verdict.found ? "found " : "MISSED"} ${mutant.name.padEnd(28)}${seconds} s  ${mutant.test}`);
    if (!verdict.found) console.log(verdict.why.replace(/^/gm, "       "));
  }
} finally {
  git(["worktree", "remove", "--force", tree]);
  rmSync(tree, { recursive: true, force: true });
}
console.log(`${chosen.length - missed} of ${chosen.length} defects found`);
process.exit(missed === 0 ? 0 : 1);
