// Gas in README and docs is that of the snapshots, which `make gas` compares with the contracts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../script/stages/execute.mjs";

const read = (path) => readFileSync(join(root, path), "utf8");
const snapshot = (group) => JSON.parse(read(`test/snapshots/${group}.json`));
const number = (text) => text.replaceAll(",", "");

test("README's gas is that of the snapshots", () => {
  const rows = [...read("README.md").matchAll(/`(pools|oracles|skills)\.(\w+)`\) \| ([\d,]+) gas/g)];
  assert.ok(rows.length >= 7, `${rows.length} rows`);
  for (const [, group, name, gas] of rows) assert.equal(number(gas), snapshot(group)[name], `${group}.${name}`);
});

test("skills.md has every figure of the snapshot, and no other", () => {
  const table = read("docs/skills.md").split("\n## Gas\n")[1].split("\n## ")[0];
  const rows = table.split("\n").filter((line) => /^\| .*\d/.test(line));
  const found = rows.flatMap((line) => line.split("|")[2].replace(/\(.*\)/, "").match(/[\d,]+/g).map(number));
  assert.deepEqual(found.sort(), Object.values(snapshot("skills")).sort());
});

test("security.md's gas of a report is that of the snapshot", () => {
  const costs = /costs ([\d,]+) gas for a set of 4 signers, ([\d,]+) for 13, ([\d,]+) for 31/;
  const { report_n4, report_n13, report_n31 } = snapshot("oracles");
  assert.deepEqual(read("docs/security.md").match(costs).slice(1).map(number), [report_n4, report_n13, report_n31]);
});
