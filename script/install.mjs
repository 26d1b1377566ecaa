#!/usr/bin/env node
// Installs what the project needs besides Rust, Node and Make: npm packages, bulloak and promtool. Quiet; does nothing when all is there.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const BULLOAK = "0.9.2";

const [major] = process.versions.node.split(".");
if (Number(major) < 20) {
  console.error(`install: Node ${process.versions.node} is too old; install Node 20 or newer`);
  process.exit(1);
}

function run(what, command, args) {
  process.stdout.write(`installing ${what} ...\n`);
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  if (error || status !== 0) {
    console.error(`install: \`${command} ${args.join(" ")}\` failed${error ? `: ${error.message}` : ""}\n${stdout ?? ""}${stderr ?? ""}`);
    process.exit(1);
  }
}

// The stamp holds the hash of the lock file that node_modules was made from.
const stamp = join(root, "node_modules", ".fluxion-lock");
const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  run("npm packages", "npm", ["ci", "--ignore-scripts"]);
  writeFileSync(stamp, lock);
}

// The demo needs no spec checker: only the tests ask for it.
if (process.argv.includes("--with-test-tools")) {
  const tools = join(root, "target", "tools");
  const bulloak = join(tools, "bin", "bulloak");
  const found = existsSync(bulloak) ? execFileSync(bulloak, ["--version"], { encoding: "utf8" }) : "";
  if (!found.includes(BULLOAK)) {
    mkdirSync(tools, { recursive: true });
    run(`bulloak ${BULLOAK}`, "cargo", ["install", "--quiet", "--locked", "--root", tools, "--target-dir", join(tools, "build"), "--version", BULLOAK, "bulloak"]);
  }
  promtool(tools);
}

/** The rule checker of Debian's prometheus package, unpacked without installing it. Without Debian its test is left out. */
function promtool(tools) {
  const folder = join(tools, "prometheus");
  if (existsSync(join(folder, "usr", "bin", "promtool"))) return;
  mkdirSync(folder, { recursive: true });
  const quiet = (command, args) => spawnSync(command, args, { cwd: folder, stdio: "ignore", timeout: 120_000 }).status === 0;
  const download = () => quiet("apt-get", ["download", "prometheus"]);
  process.stdout.write("installing promtool ...\n");
  const found = download() || (quiet("apt-get", ["update"]) && download());
  const [archive] = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  if (!found || !archive || !quiet("dpkg-deb", ["-x", archive, "."])) process.stdout.write("promtool is not to be had here\n");
}
