// Makes the deployment record of a chain: what Deploy found or created, with the transactions that created it.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Mistake } from "./networks.mjs";
import { root } from "./stages/execute.mjs";

/** Times that an answer is asked for again, when it is missing at an endpoint that has it elsewhere. */
const REPEATS = 5;

/**
 * Asks until the answer will do, for endpoints of several nodes of which one may lag behind; the last answer at last.
 */
async function ask(rpc, method, params, suffices, pause) {
  for (let repeats = 0; ; repeats++) {
    const answer = await rpc(method, params);
    if (suffices(answer) || repeats === REPEATS) return answer;
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

const isThere = (answer) => answer !== null && answer !== undefined;
const isMined = (answer) => isThere(answer) && isThere(answer.blockNumber);

/** Hashes of the transactions in the latest broadcast files of one chain, newest first. */
function broadcastHashes(folder, script, chainId) {
  const directory = join(folder, script, String(chainId));
  let files;
  try {
    files = readdirSync(directory).filter((file) => /^run-\d+\.json$/.test(file));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return files
    .sort()
    .reverse()
    .slice(0, 10)
    .flatMap((file) => JSON.parse(readFileSync(join(directory, file), "utf8")).transactions)
    .map(({ hash }) => hash)
    .filter(Boolean); // A run that was interrupted leaves transactions without a hash.
}

/**
 * Looks for the creation on the chain itself: the first block with code at the address, and in it the transaction that
 * carries our salt. Undefined when the endpoint keeps no state that old.
 */
async function findCreation({ address, salt }, rpc, pause) {
  try {
    const hasCode = async (block) => (await rpc("eth_getCode", [address, `0x${block.toString(16)}`])) !== "0x";
    let [without, withCode] = [-1, Number(BigInt(await rpc("eth_blockNumber", [])))];
    while (withCode - without > 1) {
      const middle = Math.floor((withCode + without) / 2);
      if (await hasCode(middle)) withCode = middle;
      else without = middle;
    }
    const { transactions } = await ask(
      rpc,
      "eth_getBlockByNumber",
      [`0x${withCode.toString(16)}`, true],
      isThere,
      pause,
    );
    return transactions.find(({ input }) => input.includes(salt.slice(2)))?.hash;
  } catch {
    return undefined;
  }
}

/**
 * What the salt precedes in a transaction to the proxy (as it is) or to our factory (as `bytes`): creation code and
 * arguments.
 */
function initCodeIn(input, salt) {
  const at = input.indexOf(salt.slice(2));
  const rest = input.slice(at + 64);
  if (at === 2) return rest;
  if (at !== 10) return "";
  const length = Number(BigInt(`0x${rest.slice(64, 128)}`));
  return rest.slice(128, 128 + 2 * length);
}

/**
 * The constructor's arguments that the transaction carried. The network file's are others once governance has changed a
 * value and the file has followed, and what no transaction carried is not recorded.
 */
function carriedArgs({ name, salt, constructorArgs }, input, previousArgs) {
  const init = initCodeIn(input, salt);
  const artifact = name.split(":")[0];
  try {
    const { bytecode } = JSON.parse(readFileSync(join(root, "out", `${artifact}.sol`, `${artifact}.json`), "utf8"));
    const code = bytecode.object.replace(/^0x/, "");
    if (init.startsWith(code)) return `0x${init.slice(code.length)}`;
  } catch {
    // Without the artifact: by what is known of the arguments.
  }
  const carried = [previousArgs, constructorArgs].find((args) => args !== undefined && input.endsWith(args.slice(2)));
  return (
    carried ??
    [previousArgs, constructorArgs].find((args) => args !== undefined && input.includes(args.slice(2))) ??
    null
  );
}

/** The record at `path`; undefined when there is none, or when it belongs to another chain id. */
export function readRecord(path, chainId) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  let record;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw new Mistake(`${path} is not JSON (${error.message}); restore it from version control or delete it`);
  }
  if (record.chainId !== chainId) {
    throw new Mistake(`${path} is the record of chain id ${record.chainId}, not ${chainId}; pass another --record`);
  }
  return record;
}

/** Replaces the file in one step, so that a reader sees the old record or the new one. */
export function writeRecord(path, record) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(draft, path);
}

/**
 * Merges this run with the record before it. What the files say is only where to look: a transaction counts when the
 * chain has it, with our salt in it and with success. The files may stem from another life of a local chain, from a
 * transaction that never made it, and forge may note the hash of one transaction of a batch beside another.
 *
 * @param {object} run chainId, network, commit, deployer (address), plan (Deploy's list), broadcast (folder), script
 *   (file name of Deploy), previous (record or undefined), rpc (method, params) => result, pause (milliseconds before a
 *   missing answer is asked for again)
 */
export async function makeRecord({
  chainId,
  network,
  commit,
  deployer,
  plan,
  broadcast,
  script,
  previous,
  rpc,
  pause = 500,
}) {
  const remembered = Object.values(previous?.contracts ?? {}).map(({ transaction }) => transaction);
  const hashes = [...new Set([...remembered, ...broadcastHashes(broadcast, script, chainId)])].filter(Boolean);
  const makes = ({ salt }, transaction) => isMined(transaction) && transaction.input.includes(salt.slice(2));
  let transactions = await Promise.all(hashes.map((hash) => rpc("eth_getTransactionByHash", [hash])));
  const missing = () => plan.some((contract) => !transactions.some((transaction) => makes(contract, transaction)));
  for (let repeats = 0; missing() && hashes.length > 0 && repeats < REPEATS; repeats++) {
    if (transactions.every(isMined)) break;
    await new Promise((wake) => setTimeout(wake, pause));
    const again = (answer, i) => (isMined(answer) ? answer : rpc("eth_getTransactionByHash", [hashes[i]]));
    transactions = await Promise.all(transactions.map(again));
  }
  const contracts = {};
  let block;
  let complete = true;
  let fresh = 0;
  for (const contract of plan) {
    const { name, address, codeHash } = contract;
    const before = previous?.contracts?.[name];
    const known = transactions.find((transaction) => makes(contract, transaction));
    const hash = known?.hash ?? (await findCreation(contract, rpc, pause));
    const creation = known ?? (hash && (await ask(rpc, "eth_getTransactionByHash", [hash], isMined, pause)));
    const receipt = hash && (await ask(rpc, "eth_getTransactionReceipt", [hash], isThere, pause));
    const transaction = receipt?.status === "0x1" ? hash : null;
    // Contracts that are the same for every deployer may be older than this deployment, by years.
    const isOwn = contract.own !== false;
    if (transaction && isOwn) {
      const number = Number(BigInt(receipt.blockNumber));
      block = block === undefined ? number : Math.min(block, number);
    }
    if (!transaction && isOwn) complete = false;
    if (transaction !== (before?.transaction ?? null)) fresh += 1;
    const carried = transaction && creation ? carriedArgs(contract, creation.input, before?.constructorArgs) : null;
    const constructorArgs = carried ?? before?.constructorArgs ?? contract.constructorArgs;
    contracts[name] = { address, transaction, constructorArgs, codeHash };
  }
  // The commit is the one that created code; a rerun from a later commit that creates nothing keeps it.
  const kept = previous !== undefined && fresh === 0;
  return {
    // A part of our own whose transaction is unknown may be older than all known ones: index from the start then.
    record: {
      chainId,
      network,
      commit: kept ? previous.commit : commit,
      deployer,
      block: complete ? block : 0,
      contracts,
    },
    fresh,
  };
}
