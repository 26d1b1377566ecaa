// The events by which a verification knows whom and what to ask about, in a file that VerifyDeployment reads: every
// event of the AccessManager and the Timelock, and those of the other contracts that only a role can cause, with who
// sent their transactions.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readLogs } from "./logs.mjs";

const NOBODY = `0x${"0".repeat(40)}`;
const AT_ONCE = 8;
const REPEATS = 5;

/** A transaction of an event that is there: an endpoint that does not know it lags behind, and is asked again. */
async function transactionOf(hash, rpc, pause) {
  for (let repeats = 0; ; repeats++) {
    const transaction = await rpc("eth_getTransactionByHash", [hash]);
    if (transaction) return transaction;
    if (repeats === REPEATS)
      throw new Error(
        `the endpoint has an event of transaction ${hash}, but not the transaction; use another endpoint`,
      );
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

/**
 * The events since the record's first block, as one list a column, in the chain's order.
 *
 * @param {object} record deployment record
 * @param {object} watched address and topics (first topics) to ask for, as VerifyDeployment names them
 * @param rpc (method, params) => result; throws when the endpoint refuses
 * @param {object} options of readLogs; pause: milliseconds before a missing transaction is asked for again
 */
export async function chainEvents(record, watched, rpc, { pause = 500, ...options } = {}) {
  const quiet = ["AccessManager", "TimelockController"].map((name) => record.contracts[name]?.address.toLowerCase());
  if (quiet.includes(undefined))
    throw new Error("the record has no AccessManager or no TimelockController; restore it, or run make deploy");
  const logs = await readLogs({ address: watched.address, topics: [watched.topics] }, record.block, rpc, options);
  const acts = logs.filter(({ address }) => !quiet.includes(address.toLowerCase()));
  const hashes = [...new Set(acts.map(({ transactionHash }) => transactionHash))];
  const transactions = new Map();
  for (let i = 0; i < hashes.length; i += AT_ONCE) {
    const part = hashes.slice(i, i + AT_ONCE);
    const found = await Promise.all(part.map((hash) => transactionOf(hash, rpc, pause)));
    part.forEach((hash, j) => transactions.set(hash, found[j]));
  }
  return {
    emitter: logs.map(({ address }) => address),
    topics: logs.flatMap(({ topics }) => topics),
    topicCount: logs.map(({ topics }) => topics.length),
    data: logs.map(({ data }) => data),
    transaction: logs.map(({ transactionHash }) => transactionHash),
    sender: logs.map(({ transactionHash }) => transactions.get(transactionHash)?.from ?? NOBODY),
    called: logs.map(({ transactionHash }) => transactions.get(transactionHash)?.to ?? NOBODY),
  };
}

/** Hands the events to `use` as a file, which is gone afterwards. */
export async function withFile(path, events, use) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(events));
  try {
    return await use(path);
  } finally {
    rmSync(path, { force: true });
  }
}
