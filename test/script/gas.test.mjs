// The gas stage fails for a wrong figure of any group, whichever suite measures it, and leaves the committed figures
// alone.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { execute, root } from "../../script/stages/execute.mjs";
import { stages } from "../../script/stages/table.mjs";

const committed = join(root, "test", "snapshots");
const gas = stages.find(({ name }) => name === "gas");

for (const file of readdirSync(committed)) {
  const group = basename(file, ".json");
  test(`every wrong figure of ${group} fails the gas stage`, { timeout: 240_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "fluxion-gas-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(committed, folder, { recursive: true });
    const right = JSON.parse(readFileSync(join(committed, file), "utf8"));
    const written = Object.fromEntries(
      Object.entries(right).map(([name, figure]) => [name, String(BigInt(figure) + 1n)]),
    );

    // Forge ends at the first suite that differs: what it found is put right, until it finds nothing more.
    for (;;) {
      const text = JSON.stringify(written, null, 2);
      writeFileSync(join(folder, file), text);
      const done = await execute(gas.run, { env: { ...gas.env, FOUNDRY_SNAPSHOTS: folder } });
      assert.equal(readFileSync(join(folder, file), "utf8"), text, "the stage wrote figures");
      const found = [...done.text.matchAll(/^- \[(\w+)\] (\d+) → (\d+)$/gm)];
      assert.equal(done.code === 0, found.length === 0, done.text);
      if (found.length === 0) break;
      for (const [, name, wrong, measured] of found) {
        assert.equal(wrong, written[name], name);
        written[name] = measured;
      }
    }
    // A figure that no test measures is never found wrong.
    assert.deepEqual(written, right);
  });
}
