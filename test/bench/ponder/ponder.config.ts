import { createConfig } from "ponder";
import { http } from "viem";

const need = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export default createConfig({
  database: { kind: "postgres", connectionString: need("BENCH_DATABASE"), poolConfig: { max: 20 } },
  networks: {
    bench: {
      chainId: Number(need("BENCH_CHAIN")),
      // Blocks of thousands of events: an answer may be long.
      transport: http(need("BENCH_RPC"), { maxResponseBodySize: false, timeout: 120_000 }),
      // The node is on this machine: nothing is to be spared.
      maxRequestsPerSecond: 10_000,
    },
  },
  contracts: {
    Feed: {
      network: "bench",
      abi: [
        {
          type: "event",
          name: "AnswerUpdated",
          inputs: [
            { name: "current", type: "int256", indexed: true },
            { name: "roundId", type: "uint256", indexed: true },
            { name: "updatedAt", type: "uint256", indexed: false },
          ],
        },
      ] as const,
      address: need("BENCH_FEED") as `0x${string}`,
      startBlock: 1,
    },
  },
});
