// Checked by the compiler, never run: what a wrong name or type in a call of viem or ethers means. Without `as const` in the ABIs none of the
// expected errors is one, and the build fails.
import { Contract, type JsonRpcProvider } from "ethers";
import { abis, deployments, poolManagerAbi, priceFeedAbi } from "fluxion-abi";
import { decodeErrorResult, encodeFunctionData, type Address, type Hex } from "viem";

export function viem(address: Address, id: Hex) {
  encodeFunctionData({ abi: poolManagerAbi, functionName: "keyOf", args: [id] });
  // @ts-expect-error: the manager has no such function
  encodeFunctionData({ abi: poolManagerAbi, functionName: "keysOf", args: [id] });
  // @ts-expect-error: an id is no number
  encodeFunctionData({ abi: poolManagerAbi, functionName: "keyOf", args: [7n] });
  // @ts-expect-error: an address is missing
  encodeFunctionData({ abi: abis.PoolManager, functionName: "setOperator", args: [true] });
  encodeFunctionData({ abi: abis.PoolManager, functionName: "setOperator", args: [address, true] });

  // Errors that a library or another contract throws are part of the ABI.
  const error = decodeErrorResult({ abi: poolManagerAbi, data: id });
  const names: typeof error.errorName[] = ["StableInputOutOfRange", "ReentrancyGuardReentrantCall", "KeyWordInvalid"];
  const passedOn: ReturnType<typeof decodeErrorResult<typeof priceFeedAbi>>["errorName"] = "SignatureInvalid";
  // @ts-expect-error: nothing throws this
  const unknown: typeof error.errorName = "StableIsTired";
  return { names, passedOn, unknown };
}

export function ethers(address: Address, provider: JsonRpcProvider) {
  return new Contract(address, poolManagerAbi, provider);
}

/** Chains of the package are typed by their ids. */
export const chains: readonly string[] = Object.keys(deployments);
