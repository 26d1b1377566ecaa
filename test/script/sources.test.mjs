// What explorers get compiles to what is deployed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { standardInput, writeSources } from "../../script/sources.mjs";
import { root } from "./anvil.mjs";

const built = (name) =>
  JSON.parse(readFileSync(join(root, "out", `${name}.sol`, `${name}.json`), "utf8")).bytecode.object;

/** The contract's creation code, by the compiler alone. */
function compile({ name, input }) {
  const [path, contract] = name.split(":");
  const done = spawnSync(join(root, "script", "solc"), ["--standard-json"], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const { contracts, errors = [] } = JSON.parse(done.stdout);
  assert.deepEqual(
    errors.filter(({ severity }) => severity === "error"),
    [],
  );
  return `0x${contracts[path][contract].evm.bytecode.object}`;
}

// SOURCES names others, or "all".
const asked = (process.env.SOURCES ?? "QuorumVerifier").split(",");

test(
  "DEPLOY-12: the standard JSON input of a contract compiles to the deployed bytecode",
  { timeout: 600_000 },
  (t) => {
    const path = mkdtempSync(join(tmpdir(), "fluxion-sources-"));
    t.after(() => rmSync(path, { recursive: true, force: true }));
    const names = [
      "QuorumVerifier",
      "PoolManager",
      "PoolTrade",
      "TimelockController",
      "Create3Factory",
      "PriceFeed:EUR/USD",
      "PriceFeed:SPX/USD",
    ];
    const contracts = Object.fromEntries(
      names.map((name, i) => [name, { address: `0x${i}`, constructorArgs: `0x${i}${i}` }]),
    );
    const folder = writeSources({ contracts }, join(path, "146.json"));
    assert.equal(folder, join(path, "146.sources"));
    const artifacts = [...new Set(names.map((name) => name.split(":")[0]))];
    assert.deepEqual(readdirSync(folder).sort(), [...artifacts, "contracts"].map((name) => `${name}.json`).sort());
    const listed = JSON.parse(readFileSync(join(folder, "contracts.json"), "utf8"));
    assert.deepEqual(Object.keys(listed), names);
    assert.equal(listed["PriceFeed:SPX/USD"].contract, "contracts/oracles/PriceFeed.sol:PriceFeed");
    assert.match(listed.QuorumVerifier.compiler, /^v0\.8\.37\+commit\.[0-9a-f]{8}$/);
    assert.equal(listed.PoolTrade.constructorArgs, "22");
    for (const name of asked[0] === "all" ? artifacts : asked) {
      const input = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
      assert.equal(compile({ name: standardInput(name).name, input }), built(name), name);
    }
  },
);
