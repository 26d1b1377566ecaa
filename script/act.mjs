#!/usr/bin/env node
// What a deployer does with a deployed network: pools, swaps, roles, signers, feeds, skills, badges, pauses, from
// words. Rehearses it on the chain's state and sends nothing, unless told; what is governance's goes through the
// Timelock.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Chain, accountOf, explain } from "./acts/chain.mjs";
import { governance } from "./acts/governance.mjs";
import { pools } from "./acts/pools.mjs";
import { isAddress, number } from "./acts/words.mjs";
import { endpoint } from "./endpoint.mjs";
import { returned, runScript } from "./forge.mjs";
import { Mistake, readNetwork } from "./networks.mjs";
import { readRecord } from "./record.mjs";
import { root } from "./stages/execute.mjs";

const ACTS = { ...pools, ...governance };
/** How long a call that is not the Timelock's may wait for a block. */
const PATIENCE_S = 1_200n;
const ZERO = `0x${"0".repeat(64)}`;

const COMMON = {
  network: "a file of script/networks, without .json",
  "rpc-url": "endpoint of that chain",
  record: "deployment record (default: deployments/<chainId>.json)",
  from: "who calls, for a rehearsal or with a keystore (default: the account of SENDER_KEY, else the record's deployer)",
  deadline: "last second at which a call of a pool is good (default: 20 minutes from now)",
  send: true,
  schedule: true,
  execute: true,
  keystore: "sign with this keystore instead of SENDER_KEY; with --from and --password-file",
  "password-file": "its password",
};

function usage() {
  const acts = Object.entries(ACTS).map(([name, { does, options, needs }]) => {
    const words = Object.entries(options).map(([option, value]) => {
      const text = value === true ? `--${option}` : `--${option} ${value}`;
      return needs.includes(option) ? text : `[${text}]`;
    });
    return `  ${name}: ${does}\n      ${words.join(" ")}`;
  });
  const common = Object.entries(COMMON)
    .filter(([, value]) => value !== true)
    .map(([name, text]) => `  --${name}  ${text}`);
  return `usage: node script/act.mjs ACT --network NAME --rpc-url URL [options]

${acts.join("\n")}

${common.join("\n")}
  --send  send it with SENDER_KEY (0x and 64 hex digits); without it nothing is sent
  --schedule, --execute  the same through the Timelock, as one of its proposers and, after its
                          delay, as one of its executors`;
}

function readOptions() {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(usage());
    process.exit(0);
  }
  const act = ACTS[name];
  if (!act) throw new Mistake(`no act "${name}"; there are: ${Object.keys(ACTS).join(", ")}`);
  const options = Object.fromEntries(
    Object.entries({ ...COMMON, ...act.options }).map(([key, value]) => [
      key,
      { type: value === true ? "boolean" : "string" },
    ]),
  );
  let values;
  try {
    ({ values } = parseArgs({ args: rest, options }));
  } catch (error) {
    throw new Mistake(`${name}: ${error.message.split(".")[0]}; node script/act.mjs --help lists the options`);
  }
  for (const needed of ["network", "rpc-url", ...act.needs]) {
    if (!values[needed])
      throw new Mistake(`${name}: --${needed} is missing; add it (${act.options[needed] ?? COMMON[needed]})`);
  }
  if ([values.send, values.schedule, values.execute].filter(Boolean).length > 1)
    throw new Mistake("--send, --schedule and --execute: pass one of them");
  return { act, values };
}

/** Who calls, and forge's options for the signature. */
function senderOf(values, record) {
  const isSending = values.send || values.schedule || values.execute;
  if (values.from && !isAddress(values.from))
    throw new Mistake(`--from is "${values.from}"; write 0x and 40 hex digits`);
  const key = process.env.SENDER_KEY;
  if (values.keystore) {
    for (const name of ["from", "password-file"])
      if (!values[name]) throw new Mistake(`--${name} is missing; a keystore needs it`);
    delete process.env.SENDER_KEY;
    return {
      sender: values.from,
      wallet: [
        "--keystore",
        resolve(values.keystore),
        "--password-file",
        resolve(values["password-file"]),
        "--sender",
        values.from,
      ],
    };
  }
  if (key !== undefined && !/^0x[0-9a-fA-F]{64}$/.test(key))
    throw new Mistake("SENDER_KEY is not a private key (0x and 64 hex digits); export the right one, then run again");
  if (isSending && !key)
    throw new Mistake("SENDER_KEY is not set (0x and 64 hex digits): export it, or pass --keystore, then run again");
  const account = key && accountOf(key);
  if (isSending && values.from && values.from.toLowerCase() !== account)
    throw new Mistake(`--from is ${values.from}, but SENDER_KEY belongs to ${account}; correct one of them`);
  return { sender: values.from ?? account ?? record.deployer, wallet: [] };
}

/**
 * Makes the calls as `sender`, in a simulation and, with `send`, after it on the chain: a refusal in the simulation,
 * told in words, means that nothing was sent.
 */
async function make(calls, sender, { rpc, url, broadcast, wallet }, send = false) {
  const args = [
    sender,
    `[${calls.map(({ target }) => target).join(",")}]`,
    `[${calls.map(({ data }) => data).join(",")}]`,
  ];
  const options = { url, broadcast, wallet: send ? wallet : [], send, signature: "run(address,address[],bytes[])" };
  const mined = async () => Number(BigInt(await rpc("eth_getTransactionCount", [sender, "latest"])));
  try {
    return { answers: returned(await runScript("Call.s.sol", args, options, send ? mined : undefined), "answers") };
  } catch (error) {
    const [, place, data] = error.message.match(/call (\d+) refused: (0x[0-9a-f]*)/i) ?? [];
    if (!place) throw error;
    const call = calls[place - 1];
    const reason = explain(data);
    const isDenied = /^AccessManage[dr]Unauthorized/.test(reason);
    return { isDenied, refusal: `${call.contract}.${call.name} refuses ${sender}: ${reason}` };
  }
}

/** One operation of the Timelock that makes the calls, with the first salt with which it has not been executed. */
async function operationOf(chain, calls) {
  const batch = [calls.map(({ target }) => target), calls.map(() => 0), calls.map(({ data }) => data), ZERO];
  for (let salt = 0n; ; salt++) {
    const word = `0x${salt.toString(16).padStart(64, "0")}`;
    const [id] = await chain.ask("TimelockController", "hashOperationBatch", [...batch, word]);
    const [state] = await chain.ask("TimelockController", "getOperationState", [id]);
    // 0 unset, 1 waiting, 2 ready, 3 done.
    if (state === "3") continue;
    const [delay] = await chain.ask("TimelockController", "getMinDelay", []);
    const [readyAt] = await chain.ask("TimelockController", "getTimestamp", [id]);
    return {
      id,
      readyAt,
      state: ["not scheduled", "waiting", "ready"][state],
      schedule: chain.call("TimelockController", "scheduleBatch", [...batch, word, delay]),
      execute: chain.call("TimelockController", "executeBatch", [...batch, word]),
    };
  }
}

function show(chain, calls, answers) {
  calls.forEach((call, i) => {
    console.log(`${call.contract}.${call.name}\n    call ${call.target} ${call.data}`);
    call.inputs.forEach((input, j) => console.log(`    ${input.name} ${call.text[j]}`));
    chain
      .decode(call, answers[i])
      .forEach((text, j) => console.log(`    -> ${call.outputs[j].name || "answer"} ${text}`));
  });
}

/** Calls that are made together. */
const groupsOf = ({ calls, apart }) => (apart ? calls.map((call) => [call]) : [calls]);

/** Prints the operations, and schedules or executes them. */
async function throughTimelock(chain, plan, values, context) {
  const timelock = chain.address("TimelockController", "TimelockController");
  for (const calls of groupsOf(plan)) {
    if (!values.execute) {
      const { answers, refusal } = await make(calls, timelock, context);
      if (refusal) throw new Mistake(`${refusal}; the Timelock cannot do it either`);
      show(chain, calls, answers);
    }
    const operation = await operationOf(chain, calls);
    console.log(
      `operation ${operation.id} of the Timelock ${timelock}: ${operation.state}${operation.state === "waiting" ? ` until ${operation.readyAt}` : ""}`,
    );
    console.log(`  schedule: ${operation.schedule.data}\n  execute:  ${operation.execute.data}`);
    if (!values.schedule && !values.execute) continue;
    if (values.schedule && operation.state !== "not scheduled")
      throw new Mistake(`operation ${operation.id} is ${operation.state}; pass --execute`);
    if (values.execute && operation.state !== "ready") {
      throw new Mistake(
        `operation ${operation.id} is ${operation.state}; ${operation.state === "waiting" ? `it is ready at ${operation.readyAt}` : "pass --schedule with the same words first"}`,
      );
    }
    const call = values.schedule ? operation.schedule : operation.execute;
    const { refusal } = await make([call], chain.sender, context, true);
    if (refusal)
      throw new Mistake(
        `${refusal}; use the key of an account of .timelock.${values.schedule ? "proposers" : "executors"}`,
      );
    console.log(`${values.schedule ? "scheduled" : "executed"} operation ${operation.id}`);
  }
  if (!values.schedule && !values.execute)
    console.log("nothing was sent; --schedule and, after the delay, --execute do it");
}

async function main() {
  const { act, values } = readOptions();
  const network = readNetwork(values.network);
  const url = values["rpc-url"];
  const rpc = endpoint(url);
  const chainId = Number(BigInt(await rpc("eth_chainId")));
  if (chainId !== network.chainId)
    throw new Mistake(
      `network ${values.network} has chain id ${network.chainId}, but the endpoint serves ${chainId}; correct NETWORK or RPC_URL`,
    );
  const path = values.record ? resolve(values.record) : join(root, "deployments", `${chainId}.json`);
  const record = readRecord(path, chainId);
  if (!record) throw new Mistake(`no deployment record ${path}; deploy first, or pass --record`);
  const { sender, wallet } = senderOf(values, record);
  const chain = new Chain({ rpc, record, path, sender });
  const isGovernance = values.schedule || values.execute;
  chain.network = values.network;
  chain.actor = isGovernance ? chain.address("TimelockController", "TimelockController") : sender;
  chain.deadline = async () => {
    if (values.deadline !== undefined) return number("--deadline", values.deadline, 1, 2 ** 40);
    // An operation is known by its calldata: a deadline of now would be another one each time.
    if (isGovernance)
      throw new Mistake("--deadline is missing; through the Timelock write the same seconds since 1970 each time");
    return (await chain.now()) + PATIENCE_S;
  };
  const plan = await act.make(chain, values);
  for (const line of plan.lines) console.log(line);
  if (plan.write) return console.log(values.send ? plan.write() : "nothing was written; --send writes it");
  if (plan.calls.length === 0) return;
  const context = { rpc, url, wallet, broadcast: values.record ? `${path}.broadcast` : join(root, "broadcast") };
  if (isGovernance) return throughTimelock(chain, plan, values, context);
  // One after the other where they belong to different operations: an argument of a process has an end.
  for (const calls of groupsOf(plan)) {
    const { answers, isDenied, refusal } = await make(calls, sender, context, values.send);
    if (isDenied && !values.send) {
      console.log(`${refusal}: it is governance's`);
      return throughTimelock(chain, plan, values, context);
    }
    if (refusal)
      throw new Mistake(`${refusal}${isDenied ? "; pass --schedule with the key of a proposer of the Timelock" : ""}`);
    show(chain, calls, answers);
    if (values.send) console.log(`sent ${calls.length} ${calls.length === 1 ? "transaction" : "transactions"}`);
  }
  if (!values.send) console.log("nothing was sent; --send does it");
}

main().catch((error) => {
  console.error(`act: ${error instanceof Mistake ? error.message : error.stack}`);
  process.exit(1);
});
