#!/usr/bin/env node
// The fast lane: one line per stage with its time and counts, full output only of what failed, all stages even after a
// failure. Ends with `N passed, N failed`. `node script/test.mjs STAGE...` runs only the named stages and what they
// need.
import { Progress } from "./stages/progress.mjs";
import { schedule } from "./stages/schedule.mjs";
import { closure, stages } from "./stages/table.mjs";

const asked = process.argv.slice(2);
let chosen;
try {
  chosen = asked.length === 0 ? stages : closure(asked, stages);
} catch (error) {
  console.error(`test: ${error.message}`);
  process.exit(2);
}

let [passed, failed] = [0, 0];
const spent = { all: 0, compiling: 0, running: 0 };
const begun = Date.now();
const progress = new Progress();
const column = (seconds) => `${seconds.toFixed(1).padStart(8)} s`;

function report(stage, { missing, code, text, wall, cpu }) {
  const counts = stage.count?.(text) ?? { passed: code === 0 ? 1 : 0, failed: 0 };
  // A runner that failed without a failed test (it did not build, say), or that ran nothing, is one failure.
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  passed += counts.passed;
  failed += counts.failed;
  spent.all += cpu;
  if (stage.compiles) spent.compiling += cpu;
  if (stage.name === "forge" || stage.name === "gas") spent.running += cpu;
  const ok = counts.failed === 0;
  const tests = stage.count && !missing ? `  ${counts.passed} passed, ${counts.failed} failed` : "";
  const why = missing ? `  not run: ${missing.join(" and ")} failed` : tests;
  progress.print(`${ok ? "ok  " : "FAIL"}  ${stage.name.padEnd(13)}${column(wall)}${column(cpu)} CPU${why}`);
  for (const name of counts.flaky ?? []) progress.print(`      passed only when run again: ${name}`);
  if (!ok && !missing) progress.print(text.trimEnd().replace(/^/gm, "      "));
  return ok;
}

await schedule(chosen, report, progress);
console.log(`total${" ".repeat(14)}${column((Date.now() - begun) / 1000)}${column(spent.all)} CPU`);
if (spent.compiling > 0) {
  console.log(
    `      Solidity: ${spent.compiling.toFixed(1)} s CPU to compile, ${spent.running.toFixed(1)} s to run forge's tests`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
