#!/usr/bin/env node
// Deploys one network: Deploy, the deployment record, Configure, VerifyDeployment. Safe to run again after any end, and
// for several chains at once. The sender's key comes from DEPLOYER_KEY or a keystore and never appears on a command
// line.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { costsSince } from "./costs.mjs";
import { endpoint } from "./endpoint.mjs";
import { chainEvents, withFile } from "./events.mjs";
import { outputObjects, returned, runScript } from "./forge.mjs";
import { Mistake, readNetwork } from "./networks.mjs";
import { makeRecord, readRecord, writeRecord } from "./record.mjs";
import { writeSources } from "./sources.mjs";
import { root } from "./stages/execute.mjs";
import { Progress } from "./stages/progress.mjs";

const usage = `usage: node script/deploy.mjs --network NAME --rpc-url URL [options]

  --network NAME          a file of script/networks, without .json
  --rpc-url URL           endpoint of that chain
  --record PATH           deployment record to write (default: deployments/<chainId>.json)
  --verify-only           compare the chain with the record and send nothing
  --keystore PATH         sign with this keystore instead of DEPLOYER_KEY; with --sender and --password-file
  --password-file PATH    its password
  --ledger, --trezor      sign with a device, with --sender; passed through to forge, untested
  --sender ADDRESS        the account of the keystore or the device
  --priority-fee WEI      tip for each unit of gas, where the chain asks for more than forge offers
  --max-fee WEI           most that is paid for each unit of gas (with a tip: the tip and twice the base fee)
  --verbose               show forge's output

Without a keystore or a device the environment holds DEPLOYER_KEY (0x and 64 hex digits); it also holds what the
network file names as "env:NAME". A script that mines nothing for FLUXION_SCRIPT_LIMIT_S seconds (240) is ended.`;

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        network: { type: "string" },
        "rpc-url": { type: "string" },
        record: { type: "string" },
        "verify-only": { type: "boolean", default: false },
        keystore: { type: "string" },
        "password-file": { type: "string" },
        ledger: { type: "boolean", default: false },
        trezor: { type: "boolean", default: false },
        sender: { type: "string" },
        "priority-fee": { type: "string" },
        "max-fee": { type: "string" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new Mistake(`${error.message}\n${usage}`);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (!values.network || !values["rpc-url"]) throw new Mistake(`--network and --rpc-url are needed\n${usage}`);
  for (const fee of ["priority-fee", "max-fee"]) {
    if (values[fee] !== undefined && !/^\d+$/.test(values[fee]))
      throw new Mistake(`--${fee} is "${values[fee]}"; write wei as digits`);
  }
  return values;
}

/** Forge's options for who signs and what is paid; checks that the signer can be had. */
function walletOf(options) {
  const fees = [];
  if (options["priority-fee"]) fees.push("--priority-gas-price", options["priority-fee"]);
  if (options["max-fee"]) fees.push("--with-gas-price", options["max-fee"]);
  const device = options.ledger ? "--ledger" : options.trezor ? "--trezor" : undefined;
  if (!options.keystore && !device) {
    if (!/^0x[0-9a-fA-F]{64}$/.test(process.env.DEPLOYER_KEY ?? "")) {
      const unset = process.env.DEPLOYER_KEY ? "is not a private key" : "is not set to a private key";
      throw new Mistake(`DEPLOYER_KEY ${unset} (0x and 64 hex digits): export it, or pass --keystore, then run again`);
    }
    return fees;
  }
  if (!/^0x[0-9a-fA-F]{40}$/.test(options.sender ?? "")) {
    throw new Mistake(
      `--sender is ${options.sender ? `"${options.sender}"` : "missing"}; write the address of the ${device ? "device's account" : "keystore"}`,
    );
  }
  // The scripts take the key of the environment first.
  delete process.env.DEPLOYER_KEY;
  if (device) return [...fees, device, "--sender", options.sender];
  if (!options["password-file"])
    throw new Mistake("--password-file is missing; write the path of the keystore's password");
  for (const path of [options.keystore, options["password-file"]]) {
    try {
      readFileSync(path);
    } catch (error) {
      throw new Mistake(`${path}: cannot be read (${error.code}); correct --keystore or --password-file`);
    }
  }
  return [
    ...fees,
    "--keystore",
    resolve(options.keystore),
    "--password-file",
    resolve(options["password-file"]),
    "--sender",
    options.sender,
  ];
}

const RACED = /is not mined|nonce too low|nonce is too low|replacement transaction underpriced|already known/i;
/** The most that is paid where a tip is asked for and no limit is given: room for the base fee to double. */
async function maxFeeOver(tip, rpc) {
  const { baseFeePerGas } = await rpc("eth_getBlockByNumber", ["latest", false]);
  return String(2n * BigInt(baseFeePerGas ?? 0) + BigInt(tip));
}

const CHEAP =
  /underpriced|tip cap|priority fee|gas price below|fee (cap )?too low|less than (the )?(block )?base fee|minimum needed/i;
const BROKEN = /failed to send|error sending|failed to (get|fetch)|connection|timed out|server returned/i;

/**
 * As runScript, for scripts that send: transactions of an interrupted run may still be on their way and use the nonces
 * that forge counted on, and anvil now and then keeps one in its pool until another comes. A rerun skips what they did,
 * so it is simply run again.
 */
async function sendScript(file, args, options, rpc, sender, say) {
  let first;
  const watch = async () => {
    const count = Number(BigInt(await rpc("eth_getTransactionCount", [sender, "latest"])));
    first ??= count;
    say(`${count - first} transactions mined`);
    return count;
  };
  const automines = await rpc("anvil_getAutomine").catch(() => undefined);
  // One at a time costs nothing where each transaction has its block; an anvil with its own rhythm has blocks of
  // seconds.
  const wallet = automines ? [...options.wallet, "--slow"] : options.wallet;
  const patience = Number(process.env.FLUXION_SCRIPT_LIMIT_S ?? (automines === undefined ? 240 : 45));
  for (let tries = 1; ; tries++) {
    const before = await watch();
    try {
      return await runScript(file, args, { ...options, wallet, patience, send: true }, watch);
    } catch (error) {
      if (CHEAP.test(error.message) && !RACED.test(error.message)) {
        throw new Mistake(
          `${error.message}; the chain asks for more than forge offers: pass --priority-fee WEI (and --max-fee WEI) of at least that, then run the same command again`,
        );
      }
      if (BROKEN.test(error.message) && !RACED.test(error.message))
        throw new Mistake(`${error.message}; what was sent stays: run the same command again to go on`);
      if (!RACED.test(error.message)) throw error;
      if (tries === 3 || (await watch()) === before)
        throw new Mistake(`${error.message}${await whyStuck(rpc, sender)}`);
      await new Promise((wake) => setTimeout(wake, 2_000));
    }
  }
}

/** What is known of a transaction that no block takes. */
async function whyStuck(rpc, sender) {
  const [block, mined, sent] = await Promise.all([
    rpc("eth_getBlockByNumber", ["latest", false]),
    rpc("eth_getTransactionCount", [sender, "latest"]),
    rpc("eth_getTransactionCount", [sender, "pending"]),
  ]).catch(() => []);
  if (!block) return "";
  const limit = Number(BigInt(block.gasLimit));
  const waiting = Number(BigInt(sent)) - Number(BigInt(mined));
  return `: nonce ${Number(BigInt(mined))} of ${sender}, ${waiting} waiting, ${limit} gas to a block, base fee ${Number(BigInt(block.baseFeePerGas ?? "0x0"))} wei; raise --max-fee or --priority-fee, or use a chain with larger blocks, then run the same command again`;
}

function commitOfSources() {
  const git = (...args) =>
    execFileSync("git", args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  try {
    // A network file of one's own is no change of what is deployed.
    const sources = ["contracts", "script", ":(exclude)script/networks", "foundry.toml", "package-lock.json"];
    return git("rev-parse", "HEAD") + (git("status", "--porcelain", "--", ...sources) === "" ? "" : "-dirty");
  } catch {
    return "unknown";
  }
}

const coins = (wei) => `${(Number(wei / 10n ** 9n) / 1e9).toPrecision(4)}`;

/** What forge estimates for a script that it only simulated: gas, and the coin that it takes. */
function estimate(stdout) {
  const found = outputObjects(stdout).find((object) => object.estimated_total_gas_used !== undefined);
  if (!found) return undefined;
  const price = BigInt(Math.ceil(Number(found.estimated_gas_price ?? 0) * 1e9));
  return { gas: BigInt(found.estimated_total_gas_used), price };
}

/** The largest transaction that forge would send, by its simulation. */
function largestGas(broadcast, chainId) {
  try {
    const folder = join(broadcast, "Deploy.s.sol", String(chainId), "dry-run");
    const [latest] = readdirSync(folder)
      .filter((file) => /^run-\d+\.json$/.test(file))
      .sort()
      .reverse();
    const { transactions } = JSON.parse(readFileSync(join(folder, latest), "utf8"));
    return Math.max(0, ...transactions.map(({ transaction }) => Number(BigInt(transaction.gas ?? 0))));
  } catch {
    return 0;
  }
}

/** Configure's transactions, which nothing can simulate before Deploy: measured, with a margin. */
const CONFIGURE_GAS = 6_000_000n;

/** Everything about an account and a chain that would end the deployment half way. */
async function preflight({ rpc, network, name, deployer, simulated, broadcast, chainId }) {
  const estimated = estimate(simulated);
  if (!estimated || estimated.gas === 0n) return;
  const block = await rpc("eth_getBlockByNumber", ["latest", false]);
  const [limit, largest] = [Number(BigInt(block.gasLimit)), largestGas(broadcast, chainId)];
  if (largest > limit) {
    throw new Mistake(
      `the largest transaction asks for ${largest} gas, but a block of this chain holds ${limit}; use a chain with larger blocks (anvil: --gas-limit)`,
    );
  }
  const balance = BigInt(await rpc("eth_getBalance", [deployer, "latest"]));
  const needed = (estimated.gas + CONFIGURE_GAS) * estimated.price;
  if (balance < needed) {
    const symbol = network.nativeSymbol;
    throw new Mistake(
      `${deployer} has ${coins(balance)} ${symbol} on ${name}, but the deployment takes about ${coins(needed)} ${symbol}; send it the difference, then run again`,
    );
  }
}

async function main() {
  const options = readOptions();
  const network = readNetwork(options.network);
  const wallet = options["verify-only"] ? [] : walletOf(options);
  const url = options["rpc-url"];
  const rpc = endpoint(url);
  const chainId = Number(BigInt(await rpc("eth_chainId", [])));
  if (chainId !== network.chainId) {
    throw new Mistake(
      `network ${options.network} has chain id ${network.chainId}, but the endpoint serves ${chainId}; correct NETWORK or RPC_URL`,
    );
  }
  if (options["priority-fee"] && !options["max-fee"])
    wallet.push("--with-gas-price", await maxFeeOver(options["priority-fee"], rpc));
  const standard = join(root, "deployments", `${chainId}.json`);
  const path = options.record ? resolve(options.record) : standard;
  // Broadcast files lie beside a record of one's own, so that two chains with one id do not share them.
  const broadcast = path === standard ? join(root, "broadcast") : `${path}.broadcast`;
  const common = { broadcast, url, verbose: options.verbose };
  const verify = async (record) => {
    const watching = { ...common, signature: "watched(string,address)" };
    const watched = returned(
      await runScript("VerifyDeployment.s.sol", [options.network, record.deployer], watching),
      "json",
    );
    const events = await chainEvents(record, watched, rpc);
    const file = join(root, "broadcast", `events-${chainId}-${process.pid}.json`);
    const comparing = { ...common, signature: "run(string,string,string)" };
    const compare = (at) =>
      runScript("VerifyDeployment.s.sol", [options.network, JSON.stringify(record), at], comparing);
    return returned(await withFile(file, events, compare), "notes");
  };
  const previous = readRecord(path, chainId);
  const progress = new Progress(process.stderr);
  const step = async (name, work) => {
    progress.start(`${options.network}: ${name}`);
    try {
      return await work((line) => progress.note(`${options.network}: ${name}`, line));
    } finally {
      progress.end(`${options.network}: ${name}`);
    }
  };

  if (options["verify-only"]) {
    if (!previous) throw new Mistake(`no deployment record ${path}; deploy first, or pass --record`);
    const notes = await step("comparing the chain with the record", () => verify(previous));
    for (const note of notes) console.log(`  ${note}`);
    console.log(`${options.network} (${chainId}): ${Object.keys(previous.contracts).length} contracts are as recorded`);
    return;
  }

  const deploying = [options.network, previous ? JSON.stringify(previous) : ""];
  const signed = { ...common, wallet, signature: "run(string,string)" };
  const simulated = await step("1 of 5, simulating", () => runScript("Deploy.s.sol", deploying, signed));
  const intended = returned(simulated, "contracts");
  // Deploy encodes its sender as the first admin: no other place has to know how keys become addresses.
  const deployer = `0x${intended.find(({ name }) => name === "AccessManager").constructorArgs.slice(-40)}`;
  const left = Object.keys(previous?.contracts ?? {}).filter(
    (name) => !intended.some((contract) => contract.name === name),
  );
  if (left.length > 0) {
    throw new Mistake(
      `${path}: .contracts has ${left.join(", ")}, which the network file no longer names; name it there again, or remove the entry from the record`,
    );
  }
  await preflight({ rpc, network, name: options.network, deployer, simulated, broadcast, chainId });
  const before = BigInt(await rpc("eth_getBalance", [deployer, "latest"]));
  const from = Date.now();
  const tell = (script) => {
    for (const { what, gas, cost } of costsSince(broadcast, script, chainId, from, intended)) {
      console.log(`  ${what.padEnd(48)}${String(gas).padStart(9)} gas  ${coins(cost)} ${network.nativeSymbol}`);
    }
  };
  const deployed = await step("2 of 5, deploying what is missing", (say) =>
    sendScript("Deploy.s.sol", deploying, signed, rpc, deployer, say),
  );
  tell("Deploy.s.sol");
  const made = {
    chainId,
    network: options.network,
    commit: commitOfSources(),
    deployer,
    plan: returned(deployed, "contracts"),
    broadcast,
    script: "Deploy.s.sol",
    previous,
    rpc,
  };
  const { record, fresh } = await step("3 of 5, recording", () => makeRecord(made));
  writeRecord(path, record);
  const sources = writeSources(record, path);
  const configuring = { ...signed, signature: "run(string)" };
  await step("4 of 5, configuring what differs", (say) =>
    sendScript("Configure.s.sol", [options.network], configuring, rpc, deployer, say),
  );
  tell("Configure.s.sol");
  await step("5 of 5, comparing the chain with the record", async () => {
    // One node behind others may not have seen the last transactions yet.
    for (let tries = 1; ; tries++) {
      try {
        return await verify(record);
      } catch (error) {
        if (tries === 2) throw error;
        await new Promise((wake) => setTimeout(wake, 5_000));
      }
    }
  });
  const spent = before - BigInt(await rpc("eth_getBalance", [deployer, "latest"]));
  const total = Object.keys(record.contracts).length;
  console.log(
    `${options.network} (${chainId}): ${total} contracts, ${fresh} new, configured and verified for ${coins(spent)} ${network.nativeSymbol}; record ${path}, sources for explorers ${sources}`,
  );
}

main().catch((error) => {
  console.error(`deploy: ${error instanceof Mistake ? error.message : error.stack}`);
  process.exit(1);
});
