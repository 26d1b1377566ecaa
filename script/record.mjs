// Makes the deployment record of a chain: what Deploy found or created, with the transactions that created it.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const lower = (address) => address.toLowerCase();

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
async function findCreation({ address, salt }, rpc) {
  try {
    const hasCode = async (block) => (await rpc("eth_getCode", [address, `0x${block.toString(16)}`])) !== "0x";
    let [without, withCode] = [-1, Number(BigInt(await rpc("eth_blockNumber", [])))];
    while (withCode - without > 1) {
      const middle = Math.floor((withCode + without) / 2);
      if (await hasCode(middle)) withCode = middle;
      else without = middle;
    }
    const { transactions } = await rpc("eth_getBlockByNumber", [`0x${withCode.toString(16)}`, true]);
    return transactions.find(({ input }) => input.includes(salt.slice(2)))?.hash;
  } catch {
    return undefined;
  }
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
    throw new Error(`${path} is not JSON (${error.message}); restore it from version control or delete it`);
  }
  if (record.chainId !== chainId) {
    throw new Error(`${path} is the record of chain id ${record.chainId}, not ${chainId}; pass another --record`);
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
 * Merges this run with the record before it. What the files say is only where to look: a transaction counts when the chain
 * has it, with our salt in it and with success. The files may stem from another life of a local chain, from a transaction
 * that never made it, and forge may note the hash of one transaction of a batch beside another.
 *
 * @param {object} run chainId, network, commit, deployer (address), plan (Deploy's list), broadcast (folder), script
 *   (file name of Deploy), previous (record or undefined), rpc (method, params) => result
 */
export async function makeRecord({ chainId, network, commit, deployer, plan, broadcast, script, previous, rpc }) {
  const remembered = Object.values(previous?.contracts ?? {}).map(({ transaction }) => transaction);
  const hashes = [...new Set([...remembered, ...broadcastHashes(broadcast, script, chainId)])].filter(Boolean);
  const transactions = (await Promise.all(hashes.map((hash) => rpc("eth_getTransactionByHash", [hash])))).filter(Boolean);
  const contracts = {};
  let block;
  let fresh = 0;
  for (const { name, address, salt, constructorArgs, codeHash } of plan) {
    const hash =
      transactions.find(({ input, blockNumber }) => blockNumber && input.includes(salt.slice(2)))?.hash ??
      (await findCreation({ address, salt }, rpc));
    const receipt = hash && (await rpc("eth_getTransactionReceipt", [hash]));
    const transaction = receipt?.status === "0x1" ? hash : null;
    if (transaction) {
      const number = Number(BigInt(receipt.blockNumber));
      block = block === undefined ? number : Math.min(block, number);
    }
    if (transaction !== (previous?.contracts?.[name]?.transaction ?? null)) fresh += 1;
    contracts[name] = { address, transaction, constructorArgs, codeHash };
  }
  // A part whose transaction is unknown may be older than all known ones: index from the start then.
  const complete = Object.values(contracts).every((contract) => contract.transaction !== null);
  // The commit is the one that created code; a rerun from a later commit that creates nothing keeps it.
  const kept = previous !== undefined && fresh === 0;
  return {
    record: { chainId, network, commit: kept ? previous.commit : commit, deployer, block: complete ? block : 0, contracts },
    fresh,
  };
}
