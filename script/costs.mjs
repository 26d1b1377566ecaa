// What each transaction of a run did and cost, by the files that forge leaves of it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./stages/execute.mjs";

const lower = (text) => text.toLowerCase();

/** The functions of a contract's artifacts by selector. */
function functionsOf(artifacts) {
  const known = new Map();
  for (const artifact of artifacts) {
    try {
      const { methodIdentifiers } = JSON.parse(
        readFileSync(join(root, "out", `${artifact}.sol`, `${artifact}.json`), "utf8"),
      );
      for (const [signature, selector] of Object.entries(methodIdentifiers))
        known.set(`0x${selector}`, signature.split("(")[0]);
    } catch {
      // Shown by its selector then.
    }
  }
  return known;
}

/** Names what a transaction did: the contract that it created, or the function that it called. */
function namer(plan) {
  const modules = plan.map(({ name }) => name).filter((name) => name.startsWith("Pool"));
  const functions = new Map();
  return (to, input) => {
    const created = plan.find(({ salt }) => input.includes(salt.slice(2)));
    if (created) return created.name;
    const called = plan.find(({ address }) => lower(address) === lower(to ?? ""));
    if (!called) return to ?? "a contract";
    const artifact = called.name.split(":")[0];
    if (!functions.has(artifact))
      functions.set(artifact, functionsOf(artifact === "PoolManager" ? modules : [artifact]));
    return `${called.name}.${functions.get(artifact).get(input.slice(0, 10)) ?? input.slice(0, 10)}`;
  };
}

/**
 * The mined transactions of a script's runs since a time.
 *
 * @param {string} broadcast forge's folder
 * @param {string} script file name
 * @param {number} since milliseconds
 * @param {object[]} plan name, address and salt of each contract
 * @returns what, gas and cost (wei) of each, in the order of the runs
 */
export function costsSince(broadcast, script, chainId, since, plan) {
  const folder = join(broadcast, script, String(chainId));
  let files;
  try {
    files = readdirSync(folder);
  } catch {
    return [];
  }
  const runs = files.filter((file) => Number(file.match(/^run-(\d+)\.json$/)?.[1] ?? 0) >= since).sort();
  const nameOf = namer(plan);
  return runs.flatMap((file) => {
    const { transactions, receipts } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return receipts.map(({ transactionHash, gasUsed, effectiveGasPrice }) => {
      const { transaction } = transactions.find(({ hash }) => hash === transactionHash) ?? {};
      const [gas, price] = [BigInt(gasUsed), BigInt(effectiveGasPrice ?? 0)];
      return {
        what: transaction ? nameOf(transaction.to, transaction.input) : transactionHash,
        gas,
        cost: gas * price,
      };
    });
  });
}
