import { ponder } from "ponder:registry";
import { rounds } from "ponder:schema";

ponder.on("Feed:AnswerUpdated", async ({ event, context }) => {
  const observedAt = event.args.updatedAt;
  const time = event.block.timestamp;
  await context.db.insert(rounds).values({
    chainId: BigInt(context.network.chainId),
    height: event.block.number,
    logIndex: BigInt(event.log.logIndex),
    feed: event.log.address,
    round: event.args.roundId,
    price: event.args.current,
    observedAt,
    updatedAt: observedAt < time ? observedAt : time,
    transactionHash: event.transaction.hash,
  });
});
