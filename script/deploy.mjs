#!/usr/bin/env node
// Deploys one network: Deploy, the deployment record, Configure, VerifyDeployment. Safe to run again after any end, and
// for several chains at once. The sender's key comes from DEPLOYER_KEY and never appears on a command line.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { roleGrants } from "./grants.mjs";
import { makeRecord, readRecord, writeRecord } from "./record.mjs";
import { forge, inScripts } from "./stages/table.mjs";
import { Progress } from "./stages/progress.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const usage = `usage: node script/deploy.mjs --network NAME --rpc-url URL [--record PATH] [--verify-only] [--verbose]

  --network NAME   a file of script/networks, without .json
  --rpc-url URL    endpoint of that chain
  --record PATH    deployment record to write (default: deployments/<chainId>.json)
  --verify-only    compare the chain with the record and send nothing
  --verbose        show forge's output

The environment holds DEPLOYER_KEY (0x and 64 hex digits) and what the network file names as "env:NAME". On a chain that mines at once a
script may take FLUXION_SCRIPT_LIMIT_S seconds (60) before it is run again.`;

class Mistake extends Error {}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        network: { type: "string" },
        "rpc-url": { type: "string" },
        record: { type: "string" },
        "verify-only": { type: "boolean", default: false },
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
  if (!values["verify-only"] && !/^(0x)?[0-9a-fA-F]{64}$/.test(process.env.DEPLOYER_KEY ?? "")) {
    throw new Mistake("DEPLOYER_KEY is not set to a private key (0x and 64 hex digits): export it, then run again");
  }
  return values;
}

function readNetwork(name) {
  const folder = join(root, "script", "networks");
  const file = join(folder, `${name}.json`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
    const known = readdirSync(folder).map((entry) => entry.replace(/\.json$/, ""));
    throw new Mistake(`no network "${name}"; known: ${known.join(", ")}`);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function client(url) {
  return async (method, params) => {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        signal: AbortSignal.timeout(20_000),
      });
    } catch (error) {
      const cause = error.cause?.message || error.cause?.code || error.message;
      throw new Mistake(`no answer from the endpoint (${cause}); correct RPC_URL or start the node`);
    }
    const body = await response.json().catch(() => ({ error: { message: `HTTP ${response.status}, not JSON` } }));
    if (body.error) throw new Mistake(`the endpoint refused ${method}: ${body.error.message}`);
    return body.result;
  };
}

/** Runs a forge script; resolves to its standard output. One that does not end within `limit` seconds, where there is a limit, is ended. */
function runScript(file, args, { signature, broadcast, send, url, verbose, limit }) {
  const command = ["script", `script/${file}`, "--rpc-url", url, "--json", "--non-interactive"];
  if (send) command.push("--broadcast");
  command.push("--sig", signature, ...args);
  return new Promise((done, fail) => {
    const child = spawn(join(root, forge), command, {
      cwd: root,
      env: { ...process.env, ...inScripts, FOUNDRY_BROADCAST: broadcast, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", (error) =>
      fail(new Mistake(error.code === "ENOENT" ? "forge is not installed: run `make install` first" : error.message)),
    );
    let late = false;
    const end = () => {
      late = true;
      child.kill("SIGKILL");
    };
    const timer = limit && setTimeout(end, limit * 1_000);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (verbose) process.stderr.write(stdout + stderr);
      if (code === 0) return done(stdout);
      const reason = stderr.replace(/^Error: (script failed: )?/m, "").replace(/^Warning:.*\n/gm, "").trim();
      if (late) return fail(new Mistake(`${file.replace(".s.sol", "")} did not end within ${limit} s; a transaction of it is not mined`));
      fail(new Mistake(`${file.replace(".s.sol", "")} failed${signal ? ` by ${signal}` : ""}: ${reason || stdout}`));
    });
  });
}

/**
 * As runScript, for scripts that send: transactions of an interrupted run may still be on their way and use the nonces that
 * forge counted on, and anvil now and then keeps one in its pool until another comes. A rerun skips what they did, so it is simply
 * run again.
 */
async function sendScript(file, args, options) {
  // Where blocks come at once, what is not there after this time never comes: forge would wait for good.
  const automines = await options.rpc("anvil_getAutomine", []).catch(() => false);
  const limit = automines ? Number(process.env.FLUXION_SCRIPT_LIMIT_S ?? 60) : undefined;
  for (let tries = 1; ; tries++) {
    try {
      return await runScript(file, args, { ...options, send: true, limit });
    } catch (error) {
      const raced = /did not end within|nonce too low|nonce is too low|replacement transaction underpriced|already known/i.test(error.message);
      if (!raced || tries === 4) throw error;
      await new Promise((wake) => setTimeout(wake, 2_000));
    }
  }
}

/** The objects that forge prints, one a line. */
const outputObjects = (stdout) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

function returnedPlan(stdout) {
  const value = outputObjects(stdout).find((object) => object.returns?.contracts)?.returns.contracts.value;
  if (value === undefined) throw new Error(`Deploy returned no plan: ${stdout.slice(0, 500)}`);
  // forge gives a returned string with its quotes escaped and without the outer ones.
  return JSON.parse(JSON.parse(`"${value}"`));
}

function commitOfSources() {
  const git = (...args) => execFileSync("git", args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] }).toString().trim();
  try {
    const sources = ["contracts", "script", "foundry.toml", "package-lock.json"];
    return git("rev-parse", "HEAD") + (git("status", "--porcelain", "--", ...sources) === "" ? "" : "-dirty");
  } catch {
    return "unknown";
  }
}

async function main() {
  const options = readOptions();
  const network = readNetwork(options.network);
  const url = options["rpc-url"];
  const rpc = client(url);
  const chainId = Number(BigInt(await rpc("eth_chainId", [])));
  if (chainId !== network.chainId) {
    throw new Mistake(
      `network ${options.network} has chain id ${network.chainId}, but the endpoint serves ${chainId}; correct NETWORK or RPC_URL`,
    );
  }
  const standard = join(root, "deployments", `${chainId}.json`);
  const path = options.record ? resolve(options.record) : standard;
  // Broadcast files lie beside a record of one's own, so that two chains with one id do not share them.
  const broadcast = path === standard ? join(root, "broadcast") : `${path}.broadcast`;
  const common = { broadcast, url, verbose: options.verbose };
  const run = (file, args, more) => runScript(file, args, { ...common, ...more });
  const send = (file, args, more) => sendScript(file, args, { ...common, rpc, ...more });
  const verify = async (record) => {
    const args = [options.network, JSON.stringify(record), `[${await roleGrants(record, rpc)}]`];
    await run("VerifyDeployment.s.sol", args, { signature: "run(string,string,(address,bytes32,address)[])" });
  };
  const previous = readRecord(path, chainId);
  const progress = new Progress(process.stderr);
  const step = async (name, work) => {
    progress.start(`${options.network}: ${name}`);
    try {
      return await work();
    } finally {
      progress.end(`${options.network}: ${name}`);
    }
  };

  if (options["verify-only"]) {
    if (!previous) throw new Mistake(`no deployment record ${path}; deploy first, or pass --record`);
    await step("comparing the chain with the record", () => verify(previous));
    console.log(`${options.network} (${chainId}): ${Object.keys(previous.contracts).length} contracts are as recorded`);
    return;
  }

  const sending = (file, signature, ...args) => () => send(file, [options.network, ...args], { signature });
  const deploying = sending("Deploy.s.sol", "run(string,string)", previous ? JSON.stringify(previous) : "");
  const deployed = await step("1 of 4, deploying what is missing", deploying);
  const plan = returnedPlan(deployed);
  // Deploy encodes its sender as the first admin: no other place has to know how keys become addresses.
  const admin = plan.find(({ name }) => name === "AccessManager").constructorArgs;
  const deployer = `0x${admin.slice(-40)}`;
  const made = {
    chainId,
    network: options.network,
    commit: commitOfSources(),
    deployer,
    plan,
    broadcast,
    script: "Deploy.s.sol",
    previous,
    rpc,
  };
  const { record, fresh } = await step("2 of 4, recording", () => makeRecord(made));
  writeRecord(path, record);
  await step("3 of 4, configuring what differs", sending("Configure.s.sol", "run(string)"));
  await step("4 of 4, comparing the chain with the record", () => verify(record));
  const total = Object.keys(record.contracts).length;
  console.log(`${options.network} (${chainId}): ${total} contracts, ${fresh} new, configured and verified; record ${path}`);
}

main().catch((error) => {
  console.error(`deploy: ${error instanceof Mistake ? error.message : error.stack}`);
  process.exit(1);
});
