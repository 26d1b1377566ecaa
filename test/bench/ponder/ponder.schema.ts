import { onchainTable, primaryKey } from "ponder";

// The keeper's table of rounds, column for column.
export const rounds = onchainTable(
  "rounds",
  (t) => ({
    chainId: t.bigint().notNull(),
    height: t.bigint().notNull(),
    logIndex: t.bigint().notNull(),
    feed: t.hex().notNull(),
    round: t.bigint().notNull(),
    price: t.bigint().notNull(),
    observedAt: t.bigint().notNull(),
    updatedAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.chainId, table.height, table.logIndex] }) }),
);
