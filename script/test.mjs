#!/usr/bin/env node
// The fast lane: one line per stage with its time and counts, full output only of what failed, all stages even after a
// failure. Ends with `N passed, N failed`. `node script/test.mjs STAGE...` runs only the named stages.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const forge = "node_modules/@foundry-rs/forge-linux-amd64/bin/forge";

function trees(folder = "test") {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? trees(path) : path.endsWith(".tree") ? [path] : [];
  });
}

/** Sums of the closing lines of forge's test runs. */
function countForge(text) {
  let [passed, failed] = [0, 0];
  for (const [, p, f] of text.matchAll(/Suite result: \w+\. (\d+) passed; (\d+) failed/g)) {
    passed += Number(p);
    failed += Number(f);
  }
  return { passed, failed };
}

function countNextest(text) {
  const [, line = ""] = text.match(/Summary \[[^\]]*\] .*?tests? run: (.*)/) ?? [];
  const of = (word) => Number(line.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  const flaky = [...new Set([...text.matchAll(/^\s*FLAKY .*?\) (\S+ \S+)$/gm)].map(([, name]) => name))];
  return { passed: of("passed"), failed: of("failed") + of("timed out"), flaky };
}

function countNode(text) {
  const of = (word) => Number(text.match(new RegExp(`^# ${word} (\\d+)$`, "m"))?.[1] ?? 0);
  return { passed: of("pass"), failed: of("fail") + of("cancelled") };
}

const stages = [
  { name: "install", run: ["node", "script/install.mjs", "--with-test-tools"] },
  { name: "format", run: ["sh", "-c", `${forge} fmt --check contracts script test && cargo fmt --all --check`] },
  { name: "layout", run: ["node", "script/layout.mjs"] },
  { name: "contracts", run: [forge, "build"] },
  { name: "abi", run: ["node", "script/abi.mjs", "--check"] },
  { name: "specs", run: ["target/tools/bin/bulloak", "check", ...trees()] },
  {
    name: "forge",
    run: [forge, "test", "--no-match-path", "test/**/*.gas.t.sol"],
    env: { FOUNDRY_PROFILE: "test" },
    count: countForge,
  },
  {
    name: "gas",
    run: [forge, "test", "--isolate", "--match-path", "test/**/*.gas.t.sol"],
    // Without EMIT=false forge writes the figures before it compares them.
    env: { FOUNDRY_PROFILE: "test", FORGE_SNAPSHOT_CHECK: "true", FORGE_SNAPSHOT_EMIT: "false" },
    count: countForge,
  },
  { name: "scripts", run: ["node", "--test", "test/script/deploy.test.mjs", "test/script/alerts.test.mjs"], count: countNode },
  { name: "rust build", run: ["cargo", "build", "--quiet", "--workspace", "--all-targets"] },
  { name: "lints", run: ["cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"] },
  {
    name: "rust",
    run: ["cargo", "nextest", "run", "--workspace", "--config-file", "test/nextest.toml", "--no-fail-fast", "--cargo-quiet"],
    count: countNextest,
  },
];

function execute(stage) {
  return new Promise((resolve) => {
    const env = { ...process.env, ...stage.env, CARGO_TERM_COLOR: "never", FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" };
    const child = spawn(stage.run[0], stage.run.slice(1), { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: 1, text: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString() }));
  });
}

/** Chains of stages that run side by side: the Solidity compiler uses one core only. */
const beside = [
  ["contracts", "abi", "specs"],
  ["rust build", "lints"],
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`test: no stage ${unknown.join(", ")}; there are: ${stages.map((stage) => stage.name).join(", ")}`);
  process.exit(2);
}

const chosen = stages.filter((one) => asked.length === 0 || asked.includes(one.name));
const chains = beside.map((names) => chosen.filter((one) => names.includes(one.name)));
const steps = [];
for (const stage of chosen) {
  const chain = beside.findIndex((names) => names.includes(stage.name));
  if (chain < 0) steps.push([[stage]]);
  else if (stage === chains.flat()[0]) steps.push(chains);
}

let [passed, failed] = [0, 0];
const begun = Date.now();

async function runStage(stage) {
  const from = Date.now();
  if (process.stdout.isTTY) process.stdout.write(`...   ${stage.name}\r`);
  const { code, text } = await execute(stage);
  const counts = stage.count?.(text) ?? { passed: code === 0 ? 1 : 0, failed: 0 };
  // A runner that failed without a failed test (it did not build, say), or that ran nothing, is one failure.
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  passed += counts.passed;
  failed += counts.failed;
  const seconds = ((Date.now() - from) / 1000).toFixed(1).padStart(7);
  const tests = stage.count ? `  ${counts.passed} passed, ${counts.failed} failed` : "";
  console.log(`${counts.failed === 0 ? "ok  " : "FAIL"}  ${stage.name.padEnd(12)}${seconds} s${tests}`);
  for (const name of counts.flaky ?? []) console.log(`      passed only when run again: ${name}`);
  if (counts.failed > 0) console.log(text.trimEnd().replace(/^/gm, "      "));
}

for (const step of steps) {
  await Promise.all(
    step.map(async (chain) => {
      for (const stage of chain) await runStage(stage);
    }),
  );
}
console.log(`total${((Date.now() - begun) / 1000).toFixed(1).padStart(20)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
