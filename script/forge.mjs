// Runs forge's scripts: with an end, with errors of one line, and without children that outlive a signal.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Mistake } from "./networks.mjs";
import { root } from "./stages/execute.mjs";
import { forge, inScripts } from "./stages/table.mjs";

const children = new Set();
/**
 * Seconds without a mined transaction after which a sending script is ended: longer than the blocks of slow chains,
 * unless told.
 */
const PATIENCE_S = 240;
const POLL_MS = 2_000;

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
]) {
  process.on(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    process.stderr.write(
      `\nended by ${signal}: what was sent is on the chain or on its way; run the same command again to go on\n`,
    );
    process.exit(code);
  });
}

/** What forge says of a failure, as a reader wants it: without its own prefixes, and without pages of hex. */
export function reasonOf(stderr, stdout = "") {
  const text = stderr
    .replace(/^Error: (script failed: )?/m, "")
    .replace(/^Warning:.*\n?/gm, "")
    .replace(/^\s*- \/.*\n?/gm, "")
    .trim();
  const shown =
    text ||
    stdout
      .split("\n")
      .filter((line) => !line.startsWith("{"))
      .join("\n")
      .trim() ||
    "without a word";
  return shown.replace(
    /0x[0-9a-fA-F]{130,}/g,
    (hex) => `${hex.slice(0, 18)}...${hex.slice(-16)} (${hex.length / 2 - 1} bytes)`,
  );
}

/**
 * Runs a script; resolves to its standard output.
 *
 * @param {string} file in script/
 * @param {string[]} args of the function `signature`
 * @param {object} options url, signature, broadcast (folder), send, verbose, wallet (forge's wallet and fee options),
 * patience (seconds)
 * @param watch with send: () => how many of the sender's transactions are mined. A script whose count stands still is
 * ended.
 */
export function runScript(
  file,
  args,
  { url, signature, broadcast, send, verbose, wallet = [], patience = PATIENCE_S },
  watch,
) {
  const command = ["script", `script/${file}`, "--rpc-url", url, "--json", "--non-interactive", ...wallet];
  if (send) command.push("--broadcast");
  command.push("--sig", signature, ...args);
  const name = file.replace(".s.sol", "");
  return new Promise((done, fail) => {
    const child = spawn(join(root, forge), command, {
      cwd: root,
      env: { ...process.env, ...inScripts, FOUNDRY_BROADCAST: broadcast, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", (error) =>
      fail(new Mistake(error.code === "ENOENT" ? "forge is not installed: run `make install` first" : error.message)),
    );
    let stuck = false;
    let seen;
    let since = Date.now();
    const timer =
      watch &&
      setInterval(async () => {
        const count = await watch().catch(() => undefined);
        if (count !== undefined && count !== seen) [seen, since] = [count, Date.now()];
        if (Date.now() - since < patience * 1_000) return;
        stuck = true;
        child.kill("SIGKILL");
      }, POLL_MS);
    child.on("close", (code, signal) => {
      clearInterval(timer);
      children.delete(child);
      if (verbose) process.stderr.write(stdout + stderr);
      if (stuck)
        return fail(
          new Mistake(`${name}: no transaction was mined for ${patience} s; a transaction of it is not mined`),
        );
      if (code === 0) return done(stdout);
      fail(new Mistake(`${name} failed${signal ? ` by ${signal}` : ""}: ${reasonOf(stderr, stdout)}`));
    });
  });
}

/** The objects that forge prints, one a line. */
export const outputObjects = (stdout) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

/** The JSON that a script returned under that name. */
export function returned(stdout, name) {
  const value = outputObjects(stdout).find((object) => object.returns?.[name])?.returns[name].value;
  if (value === undefined) throw new Error(`the script returned no ${name}: ${stdout.slice(0, 500)}`);
  // forge gives a returned string with its quotes escaped and without the outer ones.
  return JSON.parse(JSON.parse(`"${value}"`));
}
