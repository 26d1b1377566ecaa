// Runs one command to its end, with what it printed and what it cost.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

// The shell counts the processor time of everything that it waited for: Node does not.
const COUNTING = '"$@"; code=$?; times >&3; exit $code';

/**
 * Seconds of `0m1.25s 0m0.50s`, the second line of what the shell's `times` prints: user and system time of the
 * children.
 */
function seconds(times) {
  const [, children = ""] = times.trim().split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest),
    0,
  );
}

/**
 * Resolves to the exit code, all output, and the seconds by the clock and of processor time, user and system.
 *
 * @param {string[]} command the program and its arguments; it runs in `cwd`, the root of the checkout unless given
 * @param {object} options `env` is added to the environment; `onLine` is called with each line of output as it comes
 */
export function execute(command, { env = {}, cwd = root, onLine = () => {} } = {}) {
  const from = Date.now();
  return new Promise((resolve) => {
    const child = spawn("sh", ["-c", COUNTING, "sh", ...command], {
      cwd,
      env: { ...process.env, CARGO_TERM_COLOR: "never", FOUNDRY_DISABLE_NIGHTLY_WARNING: "1", NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const [chunks, times] = [[], []];
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.on("data", (chunk) => {
        chunks.push(chunk);
        const lines = (rest + chunk).split("\n");
        rest = lines.pop();
        lines.forEach(onLine);
      });
    }
    child.stdio[3].on("data", (chunk) => times.push(chunk));
    const end = (code, text) =>
      resolve({ code, text, wall: (Date.now() - from) / 1000, cpu: seconds(Buffer.concat(times).toString()) });
    child.on("error", (error) => end(1, error.message));
    child.on("close", (code) => end(code ?? 1, Buffer.concat(chunks).toString()));
  });
}
