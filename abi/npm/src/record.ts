/** What `make deploy` writes for a chain, as far as clients need it. */
export interface DeploymentRecord {
  readonly chainId: number;
  readonly network: string;
  /** The block before which there are no events of this deployment; 0 when unknown. */
  readonly block: number;
  readonly contracts: { readonly [name: string]: { readonly address: string } };
}

/** An address as viem and ethers take it. */
export type Address = `0x${string}`;

/**
 * The address of a contract by its name in a deployment record: `PoolManager`, or `PriceFeed:EUR/USD` for the feed of a pair. For chains that
 * the package does not know, a local one for example.
 *
 * @throws when the record has no such contract
 */
export function addressIn(record: DeploymentRecord, name: string): Address {
  const found = record.contracts[name]?.address;
  if (found === undefined || !/^0x[0-9a-fA-F]{40}$/.test(found)) {
    throw new Error(`the deployment record of chain ${record.chainId} has no contract ${name}`);
  }
  return found as Address;
}
