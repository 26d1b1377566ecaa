// The alert rules: loaded by promtool and fired one by one, each with a metric that the keeper writes and a runbook
// entry.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const deploy = join(root, "keeper", "deploy");
const rules = readFileSync(join(deploy, "alerts.yml"), "utf8");
const alerts = [...rules.matchAll(/- alert: (\w+)\n\s+expr: (.*)\n/g)].map(([, name, expr]) => ({ name, expr }));
const promtool = join(root, "target", "tools", "prometheus", "usr", "bin", "promtool");

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : [readFileSync(path, "utf8")];
  });
}

test("every alert reads a metric that the keeper writes", () => {
  assert.ok(alerts.length >= 10);
  const written = sources(join(root, "keeper", "src")).join("\n");
  for (const { name, expr } of alerts) {
    const metrics = expr.match(/\b(?:fluxion|keeper)_[a-z_]+/g) ?? [];
    assert.ok(metrics.length > 0 || expr.startsWith("up{"), `${name} reads no metric of the keeper`);
    for (const metric of metrics) assert.ok(written.includes(`"${metric}"`), `${name}: nothing writes ${metric}`);
  }
});

test("every alert has one runbook entry, and every entry an alert", () => {
  const operations = readFileSync(join(root, "docs", "operations.md"), "utf8");
  const [, section] = operations.split(/^## Alerts$/m);
  const entries = [...section.split(/^## /m)[0].matchAll(/^### (\w+)\n\n(.{80,})/gm)].map(([, name]) => name);
  assert.deepEqual(
    entries,
    alerts.map(({ name }) => name),
  );
  for (const { name } of alerts) assert.ok(rules.includes(`runbook: docs/operations.md#${name.toLowerCase()}\n`), name);
});

test("every alert is fired by a test of its own", () => {
  const tests = readFileSync(join(deploy, "alerts.test.yml"), "utf8");
  const tested = [...tests.matchAll(/^ {2}- name: (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    tested,
    alerts.map(({ name }) => name),
  );
});

test(
  "prometheus loads the rules and fires them",
  { skip: !existsSync(promtool) && "promtool cannot be installed here" },
  () => {
    for (const args of [
      ["check", "rules", "alerts.yml"],
      ["test", "rules", "alerts.test.yml"],
    ]) {
      const done = spawnSync(promtool, args, { cwd: deploy, encoding: "utf8", timeout: 60_000 });
      assert.equal(done.status, 0, `promtool ${args.join(" ")}\n${done.stdout}${done.stderr}`);
    }
  },
);
