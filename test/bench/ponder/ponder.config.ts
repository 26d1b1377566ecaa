import { createConfig } from "ponder";

const need = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export default createConfig({
  database: { kind: "postgres", connectionString: need("BENCH_DATABASE"), poolConfig: { max: 20 } },
  chains: { bench: { id: Number(need("BENCH_CHAIN")), rpc: need("BENCH_RPC") } },
  contracts: {
    Feed: {
      chain: "bench",
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
