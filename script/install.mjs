#!/usr/bin/env node
// Installs what the project needs besides Rust, Node and Make: npm packages, bulloak, slither and promtool. Quiet; does
// nothing when all is there.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, root } from "./stages/execute.mjs";
import { Progress } from "./stages/progress.mjs";

const BULLOAK = "0.9.2";

const [major] = process.versions.node.split(".");
if (Number(major) < 20) {
  console.error(`install: Node ${process.versions.node} is too old; install Node 20 or newer`);
  process.exit(1);
}

const progress = new Progress();

/** Runs one command, with a line that says so; resolves to whether it succeeded. */
async function attempt(what, command, options) {
  progress.start(what);
  const { code, text } = await execute(command, { ...options, onLine: (line) => progress.note(what, line) });
  progress.end(what);
  return { done: code === 0, text };
}

async function run(what, ...command) {
  progress.print(`installing ${what} ...`);
  const { done, text } = await attempt(what, command);
  if (done) return;
  console.error(`install: \`${command.join(" ")}\` failed\n${text}`);
  process.exit(1);
}

// The stamp holds the hash of the lock file that node_modules was made from.
const stamp = join(root, "node_modules", ".fluxion-lock");
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  await run("npm packages", "npm", "ci", "--ignore-scripts");
  writeFileSync(stamp, lock);
}

// The demo needs no spec checker: only the tests ask for it.
if (process.argv.includes("--with-test-tools")) {
  const tools = join(root, "target", "tools");
  const bulloak = join(tools, "bin", "bulloak");
  const found = existsSync(bulloak) ? execFileSync(bulloak, ["--version"], { encoding: "utf8" }) : "";
  if (!found.includes(BULLOAK)) {
    mkdirSync(tools, { recursive: true });
    const target = ["--root", tools, "--target-dir", join(tools, "build")];
    await run(`bulloak ${BULLOAK}`, "cargo", "install", "--locked", ...target, "--version", BULLOAK, "bulloak");
  }
  await python(tools, "slither");
  await promtool(tools);
}
// Only `make prove` asks for the prover.
if (process.argv.includes("--with-prover")) await python(join(root, "target", "tools"), "halmos");

/**
 * A program of Python in a folder of its own: script/tools has the version and the hash of everything that it takes.
 */
async function python(tools, name) {
  const [folder, pins] = [join(tools, name), join(root, "script", "tools", `${name}.txt`)];
  const stamp = join(folder, ".fluxion-pins");
  const pinned = createHash("sha256").update(readFileSync(pins)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === pinned) return;
  rmSync(folder, { recursive: true, force: true });
  await run(`a folder for ${name}`, "python3", "-m", "venv", folder);
  const pip = [join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
  await run(name, ...pip, "--requirement", pins);
  writeFileSync(stamp, pinned);
}

/**
 * The rule checker of Debian's prometheus package, unpacked without installing it. Without Debian its test is left out.
 */
async function promtool(tools) {
  const folder = join(tools, "prometheus");
  if (existsSync(join(folder, "usr", "bin", "promtool"))) return;
  mkdirSync(folder, { recursive: true });
  const within = async (...command) =>
    (await attempt("promtool", ["timeout", "120", ...command], { cwd: folder })).done;
  const download = () => within("apt-get", "download", "prometheus");
  progress.print("installing promtool ...");
  const found = (await download()) || ((await within("apt-get", "update")) && (await download()));
  const [archive] = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  if (!found || !archive || !(await within("dpkg-deb", "-x", archive, ".")))
    progress.print("promtool is not to be had here");
}
