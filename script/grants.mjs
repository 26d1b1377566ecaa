// Who was ever granted a role: the RoleGranted events of the AccessManager and the Timelock, from their creation on. Neither
// contract keeps a list of members, so these events are the only place that names every account to ask about.
import { readLogs } from "./logs.mjs";

/** RoleGranted(uint64 indexed,address indexed,uint32,uint48,bool) of AccessManager. */
const ACCESS_MANAGER = "0xf98448b987f1428e0e230e1f3c6e2ce15b5693eaf31827fbd0b1ec4b424ae7cf";
/** RoleGranted(bytes32 indexed,address indexed,address indexed) of AccessControl, which the Timelock is. */
const ACCESS_CONTROL = "0x2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d";

/**
 * The distinct grants, as the tuples (contract, role, account) that VerifyDeployment takes. Whether a grant still holds is
 * not decided here: VerifyDeployment asks the contracts.
 *
 * @param {object} record deployment record
 * @param rpc (method, params) => result; throws when the endpoint refuses
 * @param {object} options of readLogs
 */
export async function roleGrants(record, rpc, options) {
  const address = ["AccessManager", "TimelockController"].map((name) => record.contracts[name]?.address);
  if (address.includes(undefined)) throw new Error("the record has no AccessManager or no TimelockController; restore it or run make deploy");
  const logs = await readLogs({ address, topics: [[ACCESS_MANAGER, ACCESS_CONTROL]] }, record.block, rpc, options);
  return [...new Set(logs.map(({ address, topics }) => `(${address},${topics[1]},0x${topics[2].slice(-40)})`))];
}
