#!/usr/bin/env node
// Proves the lemmas of test/proofs with halmos: for all values, not for some. A lemma of MustFail.sol is false, and has
// to be found so: else the others would prove nothing. Names of contracts as arguments prove those alone.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { execute, root } from "./stages/execute.mjs";
import { forge } from "./stages/table.mjs";

const FOLDER = "test/proofs";
const FALSE = "MustFail";
/** Longest search for a counterexample of one assertion. */
const TIMEOUT = "300s";

const work = join(root, "target", "proofs");
const asked = process.argv.slice(2);
const contracts = readdirSync(join(root, FOLDER)).map((file) => file.replace(/\.sol$/, ""));
const unknown = asked.filter((name) => !contracts.includes(name));
if (unknown.length > 0) throw new Error(`${FOLDER} has no ${unknown.join(", ")}`);

/** What the source has to prove, so that a lemma that is not run counts as one that fails. */
function lemmasOf(contract) {
  const source = readFileSync(join(root, FOLDER, `${contract}.sol`), "utf8");
  return [...source.matchAll(/^ {4}function (check_\w+)\(/gm)].map(([, name]) => name);
}

/** Whether each lemma of a contract holds: true, false, or undefined where halmos came to no end. */
async function prove(contract) {
  const report = join(work, `${contract}.json`);
  rmSync(report, { force: true });
  const tools = join(root, "target", "tools", "halmos", "bin");
  const limits = ["--solver-timeout-assertion", TIMEOUT, "--json-output", report];
  const { text } = await execute(
    [join(tools, "halmos"), "--forge-build-out", "out-proofs", "--contract", contract, ...limits],
    { env: { PATH: [join(root, dirname(forge)), tools, process.env.PATH].join(delimiter), FOUNDRY_PROFILE: "proofs" } },
  );
  let found;
  try {
    found = Object.values(JSON.parse(readFileSync(report, "utf8")).test_results).flat();
  } catch {
    throw new Error(`halmos left no report\n${text}`);
  }
  const verdict = (name) => {
    const one = found.find((result) => result.name.startsWith(`${name}(`));
    // 1 is a counterexample. A loop that was cut short proves nothing.
    if (!one || one.num_bounded_loops > 0) return undefined;
    return one.exitcode === 0 ? true : one.exitcode === 1 ? false : undefined;
  };
  return { verdicts: lemmasOf(contract).map((name) => [name, verdict(name)]), text };
}

mkdirSync(work, { recursive: true });
let [passed, failed] = [0, 0];
for (const contract of asked.length > 0 ? asked : contracts) {
  const from = Date.now();
  const { verdicts, text } = await prove(contract);
  const wrong = verdicts.filter(([, holds]) => holds !== (contract !== FALSE));
  passed += verdicts.length - wrong.length;
  failed += wrong.length;
  const seconds = ((Date.now() - from) / 1000).toFixed(0).padStart(4);
  const count = String(verdicts.length).padStart(3);
  console.log(`${wrong.length === 0 ? "ok    " : "FAILED"} ${contract.padEnd(14)}${count} lemmas ${seconds} s`);
  for (const [name, holds] of wrong) {
    const what = holds === undefined ? "not decided" : holds ? "proven, and it is false" : "has a counterexample";
    console.log(`       ${name}: ${what}`);
  }
  if (wrong.length > 0) console.log(text.replace(/^/gm, "       "));
}
if (passed + failed === 0) throw new Error("no lemma was run");
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
