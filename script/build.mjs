#!/usr/bin/env node
// Builds what a target needs and nothing else, Solidity and Rust side by side, then runs the target's program, and says
// how far it is whenever that is silent.
//   node script/build.mjs STAGE... [-- PROGRAM ARGUMENT...]    stages of script/stages/table.mjs
import { execute } from "./stages/execute.mjs";
import { Progress } from "./stages/progress.mjs";
import { schedule } from "./stages/schedule.mjs";
import { closure, parts, stages } from "./stages/table.mjs";

const words = process.argv.slice(2);
const end = words.includes("--") ? words.indexOf("--") : words.length;
const [asked, program] = [words.slice(0, end), words.slice(end + 1)];
let chosen;
try {
  chosen = closure(asked, [...stages.filter(({ count }) => !count), ...parts]);
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exit(2);
}

let failed = false;
const begun = Date.now();
const progress = new Progress(process.stderr);
const report = (stage, { missing, code, text }) => {
  if (code === 0) return true;
  failed = true;
  progress.print(
    `${stage.name}: ${missing ? `not built, since ${missing.join(" and ")} failed` : `failed\n${text.trimEnd()}`}`,
  );
  return false;
};

await schedule(chosen, report, progress);
if (failed) process.exit(1);
const seconds = (Date.now() - begun) / 1000;
// A build with nothing to do has nothing to say.
if (seconds > 5) console.error(`built ${asked.join(", ")} in ${seconds.toFixed(0)} s`);

if (program.length > 0) {
  // The program is told to end by the same signal, and ends first.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  const name = program
    .slice(0, 2)
    .map((word) => word.split("/").pop())
    .join(" ");
  progress.start(name);
  const { code } = await execute(program, { onLine: (line) => progress.print(line) });
  progress.end(name);
  process.exit(code);
}
