#!/usr/bin/env node
// After the hand-over: prints the calls that bring a chain to its network file, as calldata for the Timelock, and
// schedules and executes them with a key that may. Without --schedule and --execute it sends nothing.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { endpoint } from "./endpoint.mjs";
import { chainEvents, withFile } from "./events.mjs";
import { returned, runScript } from "./forge.mjs";
import { Mistake, readNetwork } from "./networks.mjs";
import { readRecord } from "./record.mjs";
import { root } from "./stages/execute.mjs";

const usage = `usage: node script/govern.mjs --network NAME --rpc-url URL [options]

  --network NAME          a file of script/networks, without .json
  --rpc-url URL           endpoint of that chain
  --record PATH           deployment record (default: deployments/<chainId>.json)
  --schedule              schedule the operation in the Timelock, as one of .timelock.proposers
  --execute               execute it once its delay is over, as one of .timelock.executors
  --keystore PATH         sign with this keystore instead of GOVERNOR_KEY; with --sender and --password-file
  --password-file PATH    its password
  --sender ADDRESS        its account

The environment holds GOVERNOR_KEY (0x and 64 hex digits) unless a keystore signs, and what the network file
names as "env:NAME".`;

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        network: { type: "string" },
        "rpc-url": { type: "string" },
        record: { type: "string" },
        schedule: { type: "boolean", default: false },
        execute: { type: "boolean", default: false },
        keystore: { type: "string" },
        "password-file": { type: "string" },
        sender: { type: "string" },
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
  if (values.schedule && values.execute)
    throw new Mistake("--schedule and --execute: the Timelock's delay lies between them; pass one");
  return values;
}

function walletOf(options) {
  if (!options.keystore) {
    if (/^0x[0-9a-fA-F]{64}$/.test(process.env.GOVERNOR_KEY ?? "")) return [];
    throw new Mistake(
      "GOVERNOR_KEY is not set to a private key (0x and 64 hex digits): export it, or pass --keystore, then run again",
    );
  }
  for (const name of ["password-file", "sender"])
    if (!options[name]) throw new Mistake(`--${name} is missing; a keystore needs it`);
  delete process.env.GOVERNOR_KEY;
  return [
    "--keystore",
    resolve(options.keystore),
    "--password-file",
    resolve(options["password-file"]),
    "--sender",
    options.sender,
  ];
}

function print({ calls, others, operation }, network) {
  for (const line of others) console.log(`no call ends: ${line}`);
  for (const { difference, target, data } of calls) console.log(`${difference}\n    call ${target} ${data}`);
  if (!operation)
    return console.log(`${network}: nothing that a call of the Timelock changes differs from the network file`);
  const { timelock, id, state, readyAt, schedule, execute } = operation;
  console.log(`operation ${id} of the Timelock ${timelock}: ${state}${state === "waiting" ? ` until ${readyAt}` : ""}`);
  console.log(`  schedule: ${schedule}\n  execute:  ${execute}`);
}

async function main() {
  const options = readOptions();
  const network = readNetwork(options.network);
  const url = options["rpc-url"];
  const rpc = endpoint(url);
  const chainId = Number(BigInt(await rpc("eth_chainId")));
  if (chainId !== network.chainId) {
    throw new Mistake(
      `network ${options.network} has chain id ${network.chainId}, but the endpoint serves ${chainId}; correct NETWORK or RPC_URL`,
    );
  }
  const path = options.record ? resolve(options.record) : join(root, "deployments", `${chainId}.json`);
  const record = readRecord(path, chainId);
  if (!record) throw new Mistake(`no deployment record ${path}; deploy first, or pass --record`);
  const wallet = options.schedule || options.execute ? walletOf(options) : [];
  const common = { url, broadcast: options.record ? `${path}.broadcast` : join(root, "broadcast") };
  const watched = await runScript("VerifyDeployment.s.sol", [options.network, record.deployer], {
    ...common,
    signature: "watched(string,address)",
  });
  const events = await chainEvents(record, returned(watched, "json"), rpc);
  const file = join(root, "broadcast", `events-${chainId}-${process.pid}.json`);
  await withFile(file, events, async (at) => {
    const run = (name, more) =>
      runScript("Govern.s.sol", [options.network, JSON.stringify(record), at], {
        ...common,
        ...more,
        signature: `${name}(string,string,string)`,
      });
    const plan = returned(await run("plan"), "json");
    print(plan, options.network);
    if (!options.schedule && !options.execute) return;
    if (!plan.operation) throw new Mistake(`${options.network}: there is no call to send`);
    const act = options.schedule ? "schedule" : "execute";
    if (options.schedule && plan.operation.state !== "not scheduled")
      throw new Mistake(`operation ${plan.operation.id} is ${plan.operation.state}; pass --execute`);
    await run(act, { send: true, wallet });
    console.log(`${act}d operation ${plan.operation.id}`);
  });
}

main().catch((error) => {
  console.error(`govern: ${error instanceof Mistake ? error.message : error.stack}`);
  process.exit(1);
});
