// What is done with pools: creation, liquidity, swaps, quotes, pauses.
import { readLogs } from "../logs.mjs";
import { Mistake } from "../networks.mjs";
import { cast, topicOf } from "./chain.mjs";
import { list, millionths, number, pairs, poolKey, readKey, units, whole } from "./words.mjs";

/** Ids in one list of a pause. */
const PAGE = 400;
const FLAGS = { priced: 1n, adds: 2n, "single-exits": 4n };
const MANAGER_FLAGS = { loans: 1n, creation: 2n };
const DAY = 86_400;

/** The pool of --pool: its key, and its tokens with symbols. */
async function poolOf(chain, { pool }) {
  if (!/^0x[0-9a-fA-F]{64}$/.test(pool ?? ""))
    throw new Mistake(`--pool is "${pool ?? ""}"; write the pool's id, 0x and 64 hex digits`);
  const [text] = await chain.ask("PoolManager", "keyOf", [pool]).catch((error) => {
    if (!error.message.includes("PoolNotFound")) throw error;
    throw new Mistake(`--pool is ${pool}; there is no such pool on this chain, write the id that create-pool told`);
  });
  const key = text.slice(1, -1).split(", ");
  const read = readKey(key);
  const tokens = await Promise.all(read.tokens.map(({ address }) => chain.token("--pool", address)));
  return { id: pool, key, ...read, tokens };
}

/** The place of a token that is named by address or symbol. */
function placeOf(pool, place, word) {
  const fitting = pool.tokens.filter(({ address, symbol }) =>
    [address.toLowerCase(), symbol].includes(word?.startsWith("0x") ? word.toLowerCase() : word),
  );
  if (fitting.length !== 1)
    throw new Mistake(
      `${place} is "${word ?? ""}"; write one of ${pool.tokens.map(({ address, symbol }) => `${symbol} (${address})`).join(", ")}`,
    );
  return pool.tokens.indexOf(fitting[0]);
}

/** An amount for every token of a pool, in its order; none for those that are not named. */
function amountsOf(pool, place, text) {
  const amounts = pool.tokens.map(() => 0n);
  for (const [word, amount] of pairs(place, text)) {
    const at = placeOf(pool, place, word);
    amounts[at] = units(`${place} of ${word}`, amount, pool.tokens[at].decimals);
  }
  return amounts;
}

/** What may still be approved for the manager: exact, so that nothing is left over. */
async function approvals(chain, tokens, amounts) {
  const manager = chain.address("PoolManager", "PoolManager");
  const calls = [];
  for (const [i, { address, symbol }] of tokens.entries()) {
    if (amounts[i] === 0n) continue;
    const [allowed] = await chain.ask("ERC20Metadata", "allowance", [chain.sender, manager], address);
    if (BigInt(allowed) < amounts[i])
      calls.push({ ...chain.call("ERC20Metadata", "approve", [manager, amounts[i]], address), contract: symbol });
  }
  return calls;
}

/** `amount` less, or more, a part of it: what a limit allows. */
const slipped = (amount, slippage, sign) => (amount * (1_000_000n + sign * slippage)) / 1_000_000n;
const slippageOf = ({ slippage = "0.5%" }) => millionths("--slippage", slippage);
const shown = ({ symbol, decimals }, amount) => `${whole(amount, decimals)} ${symbol}`;
const allShown = (tokens, amounts) =>
  tokens.flatMap((token, i) => (amounts[i] === 0n ? [] : [shown(token, amounts[i])])).join(" and ");

async function createPool(chain, options) {
  const { kind, fee, amplification, policy, rates } = options;
  if (kind !== "weighted" && kind !== "stable")
    throw new Mistake(`--kind is "${kind ?? ""}"; write weighted or stable`);
  const isWeighted = kind === "weighted";
  if (isWeighted && (amplification || rates))
    throw new Mistake("--amplification and --rates belong to stable pools; leave them out");
  const named = isWeighted
    ? pairs("--tokens", options.tokens)
    : list("--tokens", options.tokens).map((token) => [token]);
  const providers = new Map(
    rates
      ? pairs("--rates", rates).map(([token, provider]) => [
          chain.address("--rates", token),
          chain.address("--rates", provider),
        ])
      : [],
  );
  const tokens = [];
  for (const [word, weight] of named) {
    const token = await chain.token("--tokens", chain.address("--tokens", word));
    tokens.push({
      ...token,
      provider: providers.get(token.address),
      weight: isWeighted ? millionths(`--tokens of ${word}`, weight) : 0n,
    });
    providers.delete(token.address);
  }
  if (providers.size > 0)
    throw new Mistake(
      `--rates names ${[...providers.keys()].join(", ")}, which --tokens does not; correct one of them`,
    );
  const sum = tokens.reduce((all, { weight }) => all + weight, 0n);
  if (isWeighted && sum !== 1_000_000n)
    throw new Mistake(`--tokens has weights of ${whole(sum, 4)}% in all; write weights of 100%`);
  tokens.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  const key = poolKey({
    kind,
    tokens,
    fee: millionths("--fee", fee),
    amplification: isWeighted ? 0n : number("--amplification", amplification, 1, 50_000),
    policy: policy && chain.address("--policy", policy),
    leastFee: policy ? millionths("--least-fee", options["least-fee"]) : 0n,
  });
  const amounts = amountsOf({ tokens }, "--amounts", options.amounts);
  const args = [key, amounts, 0, options.to ? chain.address("--to", options.to) : chain.sender, await chain.deadline()];
  // The first provider sets the price and meets nobody: the shares are what the invariant of these amounts is.
  return {
    calls: [...(await approvals(chain, tokens, amounts)), chain.call("PoolManager", "createPool", args)],
    lines: [
      `${kind} pool of ${allShown(tokens, amounts)}`,
      `pool id ${cast("keccak", `0x${key.map((word) => word.toString(16).padStart(64, "0")).join("")}`)}`,
    ],
  };
}

async function addLiquidity(chain, options) {
  const pool = await poolOf(chain, options);
  const amounts = amountsOf(pool, "--amounts", options.amounts);
  const [quoted] = await chain.ask("PoolManager", "quoteAddUnbalanced", [chain.sender, pool.key, amounts]);
  const least = slipped(BigInt(quoted), slippageOf(options), -1n);
  const to = options.to ? chain.address("--to", options.to) : chain.sender;
  return {
    calls: [
      ...(await approvals(chain, pool.tokens, amounts)),
      chain.call("PoolManager", "addUnbalanced", [pool.key, amounts, least, to, await chain.deadline()]),
    ],
    lines: [`${allShown(pool.tokens, amounts)} for ${whole(quoted, 18)} shares, ${whole(least, 18)} at least`],
  };
}

/** What --sell or --buy of a pool's token comes to now. */
async function quoted(chain, options) {
  const pool = await poolOf(chain, options);
  const [from, to] = [placeOf(pool, "--token", options.token), placeOf(pool, "--for", options.for)];
  if (from === to) throw new Mistake("--token and --for name the same token; name two");
  if ((options.sell === undefined) === (options.buy === undefined))
    throw new Mistake("write --sell AMOUNT of --token, or --buy AMOUNT of --for, and only one of them");
  const isSale = options.sell !== undefined;
  const given = isSale
    ? units("--sell", options.sell, pool.tokens[from].decimals)
    : units("--buy", options.buy, pool.tokens[to].decimals);
  const [answer] = await chain.ask("PoolManager", isSale ? "quoteExactIn" : "quoteExactOut", [
    chain.sender,
    pool.key,
    from,
    to,
    given,
  ]);
  const [paid, got] = isSale ? [given, BigInt(answer)] : [BigInt(answer), given];
  return {
    pool,
    from,
    to,
    isSale,
    paid,
    got,
    line: `${shown(pool.tokens[from], paid)} for ${shown(pool.tokens[to], got)}`,
  };
}

async function swap(chain, options) {
  const { pool, from, to, isSale, paid, got, line } = await quoted(chain, options);
  const limit = isSale ? slipped(got, slippageOf(options), -1n) : slipped(paid, slippageOf(options), 1n);
  const recipient = options.to ? chain.address("--to", options.to) : chain.sender;
  const rest = [isSale ? paid : got, limit, recipient, await chain.deadline()];
  const most = pool.tokens.map((_, i) => (i === from ? (isSale ? paid : limit) : 0n));
  return {
    calls: [
      ...(await approvals(chain, pool.tokens, most)),
      chain.call("PoolManager", isSale ? "swapExactIn" : "swapExactOut", [pool.key, from, to, ...rest]),
    ],
    lines: [line, isSale ? `at least ${shown(pool.tokens[to], limit)}` : `at most ${shown(pool.tokens[from], limit)}`],
  };
}

function flagsOf(text, known) {
  return list("--flags", text).reduce((sum, word) => {
    if (!known[word]) throw new Mistake(`--flags has "${word}"; write one or more of ${Object.keys(known).join(", ")}`);
    return sum | known[word];
  }, 0n);
}

/** Ids of --pools; "all" are those of the events. */
async function poolIds(chain, text) {
  if (text === "all") {
    const filter = {
      address: [chain.address("PoolManager", "PoolManager")],
      topics: [topicOf("PoolManager", "PoolCreated")],
    };
    return (await readLogs(filter, chain.record.block, chain.rpc)).map(({ topics }) => topics[1]);
  }
  return list("--pools", text).map((id) => {
    if (/^0x[0-9a-fA-F]{64}$/.test(id)) return id;
    throw new Mistake(`--pools has "${id}"; write ids (0x and 64 hex digits) with commas between them, or all`);
  });
}

/** Calls for all ids, in lists of at most {@link PAGE} that fit a block. */
export async function inPages(chain, ids, make) {
  const { gasLimit } = await chain.rpc("eth_getBlockByNumber", ["latest", false]);
  const limit = (BigInt(gasLimit) * 9n) / 10n;
  const calls = [];
  const place = async (part) => {
    const call = make(part);
    const fits = await chain.rpc("eth_estimateGas", [{ from: chain.actor, to: call.target, data: call.data }]).then(
      (gas) => BigInt(gas) <= limit,
      // What is refused for another reason is refused in the rehearsal too, with its words.
      (error) => !/out of gas|intrinsic gas|gas (required|limit|too)|exceed/i.test(error.message),
    );
    if (fits || part.length === 1) return calls.push(call);
    const middle = Math.ceil(part.length / 2);
    await place(part.slice(0, middle));
    await place(part.slice(middle));
  };
  for (let i = 0; i < ids.length; i += PAGE) await place(ids.slice(i, i + PAGE));
  return calls;
}

async function pause(chain, options) {
  const { days = "7", until, pools, flags } = options;
  const end = until === undefined ? undefined : number("--until", until, 0, 2 ** 40 - 1);
  const seconds = number("--days", days, 1, 7) * BigInt(DAY);
  if (options.manager) {
    if (pools) throw new Mistake("--manager stops all pools' loans or creation; leave out --pools");
    const bits = flagsOf(flags, MANAGER_FLAGS);
    return {
      calls: [
        end === undefined
          ? chain.call("PoolManager", "pauseManager", [bits, seconds])
          : chain.call("PoolManager", "setManagerPause", [bits, end]),
      ],
      lines: [],
    };
  }
  const bits = flagsOf(flags, FLAGS);
  const ids = await poolIds(chain, pools);
  if (ids.length === 0) throw new Mistake("--pools is all, but there is no pool; nothing is to be paused");
  const make = (part) =>
    end === undefined
      ? chain.call("PoolManager", "pause", [part, bits, seconds])
      : chain.call("PoolManager", "setPause", [part, bits, end]);
  const calls = await inPages(chain, ids, make);
  return {
    calls,
    apart: true,
    lines: [`${ids.length} pools in ${calls.length} ${calls.length === 1 ? "list" : "lists"}`],
  };
}

export const pools = {
  "create-pool": {
    does: "creates a pool with its first liquidity, whose ratio is the first price",
    options: {
      kind: "weighted|stable",
      fee: "0.3%",
      tokens: "A=80%,B=20% (stable: A,B)",
      amounts: "A=100,B=25.5",
      amplification: "200",
      policy: "SkillDiscount",
      "least-fee": "0.1%",
      rates: "TOKEN=PROVIDER",
      to: "ADDRESS",
    },
    needs: ["kind", "fee", "tokens", "amounts"],
    make: createPool,
  },
  "add-liquidity": {
    does: "adds liquidity in any proportion",
    options: { pool: "ID", amounts: "A=100,B=25.5", slippage: "0.5%", to: "ADDRESS" },
    needs: ["pool", "amounts"],
    make: addLiquidity,
  },
  quote: {
    does: "says what a swap would give or take now",
    options: { pool: "ID", sell: "AMOUNT", buy: "AMOUNT", token: "A", for: "B" },
    needs: ["pool", "token", "for"],
    make: async (chain, options) => ({ calls: [], lines: [(await quoted(chain, options)).line] }),
  },
  swap: {
    does: "sells an amount of --token, or buys an amount of --for",
    options: { pool: "ID", sell: "AMOUNT", buy: "AMOUNT", token: "A", for: "B", slippage: "0.5%", to: "ADDRESS" },
    needs: ["pool", "token", "for"],
    make: swap,
  },
  pause: {
    does: "stops actions of pools or of the manager: as guardian for --days, as the Timelock before --until (seconds since 1970; 0 ends a pause)",
    options: {
      flags: "priced,adds,single-exits (--manager: loans,creation)",
      pools: "all or ID,ID",
      days: "7",
      until: "SECONDS",
      manager: true,
    },
    needs: ["flags"],
    make: pause,
  },
};
