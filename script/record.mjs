// Makes the deployment record of a chain: what Deploy found or created, with the transactions that created it.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const lower = (address) => address.toLowerCase();

/** Addresses created by transactions in the broadcast files of one chain: address -> transaction hashes, newest first. */
function broadcastCreations(folder, script, chainId) {
  const directory = join(folder, script, String(chainId));
  let files;
  try {
    files = readdirSync(directory).filter((file) => /^run-\d+\.json$/.test(file));
  } catch (error) {
    if (error.code === "ENOENT") return new Map();
    throw error;
  }
  const creations = new Map();
  for (const file of files.sort().reverse()) {
    const { transactions } = JSON.parse(readFileSync(join(directory, file), "utf8"));
    for (const transaction of transactions) {
      const created = [transaction.contractAddress, ...(transaction.additionalContracts ?? []).map((c) => c.address)];
      for (const address of created.filter(Boolean).map(lower)) {
        creations.set(address, [...(creations.get(address) ?? []), transaction.hash]);
      }
    }
  }
  return creations;
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
 * Merges this run with the record before it. A transaction counts only when the chain itself confirms it: the files may
 * stem from another life of a local chain, or from a transaction that never made it.
 *
 * @param {object} run chainId, network, commit, deployer (address), plan (Deploy's list), broadcast (folder), script
 *   (file name of Deploy), previous (record or undefined), rpc (method, params) => result
 */
export async function makeRecord({ chainId, network, commit, deployer, plan, broadcast, script, previous, rpc }) {
  const creations = broadcastCreations(broadcast, script, chainId);
  const contracts = {};
  let block;
  let fresh = 0;
  for (const { name, address, constructorArgs, codeHash } of plan) {
    const known = previous?.contracts?.[name];
    const remembered = known && lower(known.address) === lower(address) && known.transaction ? [known.transaction] : [];
    const candidates = [...remembered, ...(creations.get(lower(address)) ?? [])];
    const receipts = await Promise.all(candidates.map((hash) => rpc("eth_getTransactionReceipt", [hash])));
    const receipt = receipts.find((found) => found?.status === "0x1");
    if (receipt) {
      const number = Number(BigInt(receipt.blockNumber));
      block = block === undefined ? number : Math.min(block, number);
      if (receipt.transactionHash !== known?.transaction) fresh += 1;
    }
    contracts[name] = { address, transaction: receipt?.transactionHash ?? null, constructorArgs, codeHash };
  }
  // A part whose transaction is unknown may be older than all known ones: index from the start then.
  const complete = Object.values(contracts).every((contract) => contract.transaction !== null);
  // The commit is the one that created code; a rerun from a later commit that creates nothing keeps it.
  const keep = previous !== undefined && fresh === 0;
  return {
    record: {
      chainId,
      network,
      commit: keep ? previous.commit : commit,
      deployer,
      block: complete ? block : 0,
      contracts,
    },
    fresh,
  };
}
