// Quotes a swap of a pool's first token for its second one, and makes it:
//   KEY=0x... node quote-and-swap.js RPC_URL DEPLOYMENT_RECORD POOL_ID AMOUNT
import { readFileSync } from "node:fs";
import { addressIn, ierc20MetadataAbi, poolManagerAbi } from "fluxion-abi";
import { createWalletClient, http, parseEventLogs, publicActions, toHex, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [url = "", record = "", poolId, amount = "0"] = process.argv.slice(2);
const account = privateKeyToAccount(process.env.KEY as Hex);
const client = createWalletClient({ account, transport: http(url) }).extend(publicActions);
const pools = { address: addressIn(JSON.parse(readFileSync(record, "utf8")), "PoolManager"), abi: poolManagerAbi } as const;
const send = async (hash: Promise<Hex>) => client.waitForTransactionReceipt({ hash: await hash, pollingInterval: 100 });

const key = await client.readContract({ ...pools, functionName: "keyOf", args: [poolId as Hex] });
const quote = [account.address, key, 0n, 1n, BigInt(amount)] as const;
const quoted = await client.readContract({ ...pools, functionName: "quoteExactIn", args: quote });
const token = { address: toHex((key[1] ?? 0n) & (2n ** 160n - 1n), { size: 20 }), abi: ierc20MetadataAbi } as const;
await send(client.writeContract({ ...token, chain: null, functionName: "approve", args: [pools.address, BigInt(amount)] }));
const { timestamp } = await client.getBlock();
// At most half a percent less than quoted, within ten minutes.
const swap = [key, 0n, 1n, BigInt(amount), (quoted * 995n) / 1000n, account.address, timestamp + 600n] as const;
const { logs } = await send(client.writeContract({ ...pools, chain: null, functionName: "swapExactIn", args: swap }));
const [event] = parseEventLogs({ abi: poolManagerAbi, eventName: "Swap", logs });
console.log(`quoted ${quoted}, received ${event?.args.amountOut} for a fee of ${event?.args.fee} millionths`);
