// A deployment that is killed at any of its transactions, and endpoints as they are: each ends verified, or with one
// error that says how to go on. RESUME=all kills at every transaction and meets every kind of endpoint (SHARD=i/n a
// part of it); the usual run tries a few.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DEPLOYER, DEPLOYER_KEY, deploy, startAnvil, startDeploy } from "./anvil.mjs";
import { startProxy } from "./proxy.mjs";

const all = process.env.RESUME === "all";
const [index, of] = (process.env.SHARD ?? "1/1").split("/").map(Number);
/** Transactions of local-a: contracts and settings; a run that is not killed says when there are more. */
const LAST = 64;
const LABEL_ROLE = "0x853551b8";
const environment = { DEPLOYER_KEY };

function at(t, chain) {
  const folder = mkdtempSync(join(tmpdir(), "fluxion-interrupted-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    record: join(folder, "record.json"),
    args: ["--network", "local-a", "--rpc-url", chain.url, "--record", join(folder, "record.json")],
  };
}

/** What a run that ended verified leaves behind. */
function assertWhole({ folder, record }) {
  for (const [name, { transaction }] of Object.entries(JSON.parse(readFileSync(record, "utf8")).contracts))
    assert.ok(transaction, `${name} has its transaction`);
  assert.deepEqual(
    readdirSync(folder).filter((file) => file.endsWith(".tmp")),
    [],
    "no half-written record",
  );
}

// In a short run: in the middle of the settings; deploy.test.mjs has one among the contracts.
const points = all
  ? Array.from({ length: LAST }, (_, i) => i + 1).filter((point) => point % of === index - 1)
  : [LAST - 20];
for (const point of points) {
  test(`DEPLOY-9: killed at transaction ${point}, the same command ends verified`, { timeout: 300_000 }, async (t) => {
    const chain = await startAnvil(t, 31337);
    let run;
    const proxy = await startProxy(t, chain, { onSend: (sent) => sent === point && run.kill() });
    const place = at(t, proxy);
    run = startDeploy(place.args, environment);
    const { code, output } = await run.ended;
    assert.notEqual(code, 0, `it was killed: ${output}`);
    assert.equal(proxy.state.sent, point, "nothing was sent after the kill");
    assert.equal(await chain.nonce(), point, "what was sent is on the chain");
    const resumed = await deploy(place.args, environment);
    assert.equal(resumed.code, 0, resumed.output);
    // The name of a role cannot be read, and comes before its first member: a run that ends between the two names it
    // again.
    const { input } = await chain.rpc("eth_getTransactionBySenderAndNonce", DEPLOYER, `0x${(point - 1).toString(16)}`);
    const expected = input.startsWith(LABEL_ROLE) ? LAST + 1 : LAST;
    assert.equal(
      await chain.nonce(),
      expected,
      "no transaction is sent twice, none is left out (LAST follows the plan)",
    );
    assertWhole(place);
  });
}

if (all && index === 1) {
  test(
    "DEPLOY-9: a chain with a least tip is told apart, and met with --priority-fee",
    { timeout: 600_000 },
    async (t) => {
      const chain = await startAnvil(t, 31337);
      const place = at(t, await startProxy(t, chain, { leastTip: 30_000_000_000n }));
      const refused = await deploy(place.args, environment);
      assert.equal(refused.code, 1, refused.output);
      assert.match(
        refused.output,
        /deploy: [^\n]*transaction underpriced[^\n]*minimum needed 30000000000[^\n]*--priority-fee[^\n]*\n?$/,
      );
      const met = await deploy([...place.args, "--priority-fee", "30000000000"], environment);
      assert.equal(met.code, 0, met.output);
      assertWhole(place);
    },
  );

  test("DEPLOY-9: an endpoint of which every second node is a block behind", { timeout: 600_000 }, async (t) => {
    const chain = await startAnvil(t, 31337);
    const place = at(t, await startProxy(t, chain, { behind: true }));
    // It may take the same command again, and says so.
    for (let tries = 1; ; tries++) {
      const { code, output } = await deploy(place.args, environment);
      if (code === 0) break;
      assert.match(output, /deploy: [^\n]*(run the same command again|run Deploy|run Configure)/);
      assert.ok(tries < 4, output);
    }
    assertWhole(place);
  });

  test(
    "DEPLOY-9: an endpoint without old state deploys; without the record too it says what it could not find",
    { timeout: 600_000 },
    async (t) => {
      const chain = await startAnvil(t, 31337);
      const place = at(t, await startProxy(t, chain, { keeps: 3 }));
      const first = await deploy(place.args, environment);
      assert.equal(first.code, 0, first.output);
      assertWhole(place);
      rmSync(place.record);
      rmSync(`${place.record}.broadcast`, { recursive: true });
      const again = await deploy(place.args, environment);
      assert.equal(again.code, 0, again.output);
      const record = JSON.parse(readFileSync(place.record, "utf8"));
      assert.equal(record.block, 0, "not known");
      assert.ok(Object.values(record.contracts).some(({ transaction }) => transaction === null));
    },
  );
}
