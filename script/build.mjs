#!/usr/bin/env node
// Builds what a target needs and nothing else, Solidity and Rust side by side, and says how far it is.
//   node script/build.mjs STAGE...    stages of script/stages/table.mjs
import { Progress } from "./stages/progress.mjs";
import { schedule } from "./stages/schedule.mjs";
import { closure, parts, stages } from "./stages/table.mjs";

const asked = process.argv.slice(2);
const known = [...stages.filter(({ count }) => !count), ...parts];
let chosen;
try {
  chosen = closure(asked, known);
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
  progress.print(`${stage.name}: ${missing ? `not built, since ${missing.join(" and ")} failed` : `failed\n${text.trimEnd()}`}`);
  return false;
};

await schedule(chosen, report, progress);
if (failed) process.exit(1);
const seconds = (Date.now() - begun) / 1000;
// A build with nothing to do has nothing to say.
if (seconds > 5) console.error(`built ${asked.join(", ")} in ${seconds.toFixed(0)} s`);
