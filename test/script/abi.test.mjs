// ABIs and addresses for clients: no error and no event of the deployed code is missing, and a front end can quote and
// swap with what the npm package has.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createWalletClient, encodeDeployData, http, maxUint256, publicActions, toEventSelector } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { POOL_MODULES, contracts } from "../../script/abi.mjs";
import { constantOf, renderAbis, renderDeployments } from "../../script/abi/package.mjs";
import { thrown } from "../../script/abi/thrown.mjs";
import { DEPLOYER_KEY, deploy, root, startAnvil } from "./anvil.mjs";

const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), "utf8"));
const artifact = (name) => readJson("out", `${name}.sol`, `${name}.json`);
const abi = (name) => readJson("abi", "json", `${name}.json`);
const types = ({ name, inputs }) =>
  `${name}(${inputs
    .map(function type({ type: kind, components }) {
      return kind.startsWith("tuple") ? `(${components.map(type).join(",")})${kind.slice(5)}` : kind;
    })
    .join(",")})`;
const ofKind = (entries, kind) => entries.filter(({ type }) => type === kind);

test("errors thrown from assembly are found by their selectors in the code", () => {
  const errors = new Map([
    ["aabbccdd", "A"],
    ["01020304", "B"],
  ]);
  assert.deepEqual(thrown("0x63aabbccdd", errors), ["A"]);
  assert.deepEqual(thrown(`0x7f01020304${"00".repeat(28)}`, errors), ["B"]);
  // Inside of a longer constant, or as what is no constant, it is chance.
  assert.deepEqual(thrown("0x64aabbccdd00", errors), []);
  assert.deepEqual(thrown("0xaabbccdd", errors), []);
});

test("ABIs have what the modules and callees of a contract throw", () => {
  const errors = (name) => new Set(ofKind(abi(name), "error").map(types));
  assert.ok(POOL_MODULES.length >= 5, `${POOL_MODULES}`);
  for (const part of POOL_MODULES) {
    for (const error of ofKind(artifact(part).abi, "error"))
      assert.ok(errors("PoolManager").has(types(error)), `${part}: ${types(error)}`);
  }
  // From assembly of libraries: what a token refuses is the error that users meet most.
  for (const error of ["TransferFailed()", "TransferFromFailed()", "ETHTransferFailed()"])
    assert.ok(errors("PoolManager").has(error), error);
  for (const name of ["QuorumVerifier", "Create3Factory"]) assert.ok(errors(name).has("DeploymentFailed()"), name);
  for (const name of ["PriceFeed", "ReputationOracle"])
    assert.ok(errors(name).has("QuorumNotReached(uint256,uint8)"), name);
  assert.ok(errors("PoolShareToken").has("ReentrancyGuardReentrantCall()"));
  for (const name of ["PoolManager", "SkillWallet", "Badges"])
    assert.ok(errors(name).has("AccessManagerNotReady(bytes32)"), name);
});

test("the package names constants as viem does, and has public chains alone", () => {
  const names = ["PoolManager", "IERC20Metadata", "Badges", "AggregatorV3Interface", "Create3Factory"].map(constantOf);
  assert.deepEqual(names, [
    "poolManagerAbi",
    "ierc20MetadataAbi",
    "badgesAbi",
    "aggregatorV3InterfaceAbi",
    "create3FactoryAbi",
  ]);
  assert.equal(
    renderAbis({ A: [{ type: "receive" }] }).split("\n")[0],
    'export const aAbi = [{"type":"receive"}] as const;',
  );
  const record = (chainId) => ({
    chainId,
    network: "n",
    block: 7,
    contracts: { "PriceFeed:EUR/USD": { address: "0x1", codeHash: "0x2" } },
  });
  const text = renderDeployments([record(146), record(31337), record(10)]);
  assert.deepEqual(text.match(/^ {2}\d+/gm), ["  10", "  146"]);
  assert.ok(text.includes('  10: {"network":"n","block":7,"addresses":{"PriceFeed:EUR/USD":"0x1"}},'), text);
});

test("the package is built from today's ABIs, and the example quotes and swaps", { timeout: 240_000 }, async (t) => {
  const built = await import(join(root, "abi", "npm", "dist", "index.js"));
  for (const { name } of contracts)
    assert.deepEqual(built.abis[name], abi(name), `${name}: build the package (node script/abi/package.mjs)`);
  const example = join(root, "abi", "npm", "example");
  const [source, compiled] = ["quote-and-swap.ts", "dist/quote-and-swap.js"].map(
    (file) => statSync(join(example, file)).mtimeMs,
  );
  assert.ok(source <= compiled, "the example was compiled after its last change");

  const folder = mkdtempSync(join(tmpdir(), "fluxion-abi-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const chain = await startAnvil(t, 31337);
  const path = join(folder, "record.json");
  const deployed = await deploy(["--network", "local-a", "--rpc-url", chain.url, "--record", path]);
  assert.equal(deployed.code, 0, deployed.output);
  const record = JSON.parse(readFileSync(path, "utf8"));
  for (const name of Object.keys(record.contracts)) assert.ok(built.abis[name.split(":")[0]], `abi/json has ${name}`);
  assert.throws(() => built.addressIn(record, "PoolMangler"), /chain 31337 has no contract PoolMangler/);

  const account = privateKeyToAccount(DEPLOYER_KEY);
  const client = createWalletClient({ account, chain: null, transport: http(chain.url) }).extend(publicActions);
  const mined = async (hash) => client.waitForTransactionReceipt({ hash: await hash, pollingInterval: 50 });
  const tokens = [];
  for (const symbol of ["ONE", "TWO"]) {
    const token = artifact("LocalToken");
    const args = [`Token ${symbol}`, symbol, 18, [account.address], 10n ** 30n];
    const data = encodeDeployData({ abi: token.abi, bytecode: token.bytecode.object, args });
    tokens.push((await mined(client.sendTransaction({ data }))).contractAddress);
  }
  tokens.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const pools = { address: built.addressIn(record, "PoolManager"), abi: built.poolManagerAbi };
  const erc20 = (address) => ({ address, abi: built.ierc20MetadataAbi });
  for (const token of tokens)
    await mined(client.writeContract({ ...erc20(token), functionName: "approve", args: [pools.address, maxUint256] }));
  // 0.3 %, half and half, 18 decimals: see PoolKey.sol.
  const key = [3_000n, ...tokens.map((token) => BigInt(token) | (18n << 160n) | (500_000n << 168n))];
  const liquidity = [10n ** 24n, 4n * 10n ** 24n];
  const created = await mined(
    client.writeContract({
      ...pools,
      functionName: "createPool",
      args: [key, liquidity, 0n, account.address, maxUint256],
    }),
  );
  const poolId = created.logs.find(
    ({ topics }) => topics[0] === toEventSelector("PoolCreated(bytes32,uint256[],uint256,uint256)"),
  ).topics[1];

  const held = () =>
    Promise.all(
      tokens.map((token) =>
        client.readContract({ ...erc20(token), functionName: "balanceOf", args: [account.address] }),
      ),
    );
  const before = await held();
  const amount = 10n ** 21n;
  const { stdout } = await promisify(execFile)(
    "node",
    [join(example, "dist", "quote-and-swap.js"), chain.url, path, poolId, String(amount)],
    { env: { ...process.env, KEY: DEPLOYER_KEY } },
  );
  const [, quoted, received, fee] = stdout.match(/^quoted (\d+), received (\d+) for a fee of (\d+) millionths$/m) ?? [];
  const after = await held();
  assert.equal(before[0] - after[0], amount, "went in");
  assert.equal(after[1] - before[1], BigInt(received ?? -1), stdout);
  assert.equal(quoted, received, "nobody traded in between");
  assert.equal(fee, "3000");
  // x y = k with the fee taken off first, to the last wei below.
  const kept = amount - (amount * 3_000n + 999_999n) / 1_000_000n;
  const exact = liquidity[1] - (liquidity[0] * liquidity[1]) / (liquidity[0] + kept) - 1n;
  const short = exact - BigInt(received);
  assert.ok(short >= -1n && short < exact / 10n ** 15n, `${received} beside ${exact}`);
});
