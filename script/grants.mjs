// Who was ever granted a role: the RoleGranted events of the AccessManager and the Timelock, from their creation on. Neither
// contract keeps a list of members, so these events are the only place that names every account to ask about.

/** RoleGranted(uint64 indexed,address indexed,uint32,uint48,bool) of AccessManager. */
const ACCESS_MANAGER = "0xf98448b987f1428e0e230e1f3c6e2ce15b5693eaf31827fbd0b1ec4b424ae7cf";
/** RoleGranted(bytes32 indexed,address indexed,address indexed) of AccessControl, which the Timelock is. */
const ACCESS_CONTROL = "0x2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d";

const quantity = (number) => `0x${number.toString(16)}`;

/**
 * The distinct grants, as the tuples (contract, role, account) that VerifyDeployment takes. Whether a grant still holds is
 * not decided here: VerifyDeployment asks the contracts.
 *
 * @param {object} record deployment record
 * @param rpc (method, params) => result; throws when the endpoint refuses
 */
export async function roleGrants(record, rpc) {
  const address = ["AccessManager", "TimelockController"].map((name) => record.contracts[name]?.address).filter(Boolean);
  const head = Number(BigInt(await rpc("eth_blockNumber", [])));
  const grants = new Set();
  let from = record.block;
  let size = head - from + 1;
  while (from <= head) {
    const to = Math.min(from + size - 1, head);
    const filter = { address, topics: [[ACCESS_MANAGER, ACCESS_CONTROL]], fromBlock: quantity(from), toBlock: quantity(to) };
    let logs;
    try {
      logs = await rpc("eth_getLogs", [filter]);
    } catch (error) {
      // Public endpoints limit the range, each to its own figure.
      if (to === from) throw error;
      size = Math.ceil((to - from + 1) / 2);
      continue;
    }
    for (const { address, topics } of logs) grants.add(`(${address},${topics[1]},0x${topics[2].slice(-40)})`);
    from = to + 1;
  }
  return [...grants];
}
