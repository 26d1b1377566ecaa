// Reads the events of contracts from a block on, whole and each once, in whatever pieces an endpoint gives them.

/** Words by which endpoints say "too often", whatever the range. */
const RATE =
  /\b429\b|too many requests|rate.?limit|rate exceeded|requests? (count )?(limit|exceeded)|exceeded.{0,40}(requests|capacity|quota|compute)|(capacity|quota|credits).{0,20}exceeded|throttl|slow down/i;
/** Rounds of success after which a range is tried that was refused before: what filled one range is not everywhere. */
const ROUNDS_BEFORE_WIDER = 24;
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

const quantity = (number) => `0x${number.toString(16)}`;
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

/**
 * Every event that matches, ascending. A refusal for a rate is waited out, with the range as it is; any other refusal
 * halves the range, which grows again after that.
 *
 * @param {object} filter address (list) and topics, as of eth_getLogs
 * @param {number} from first block
 * @param rpc (method, params) => result; throws when the endpoint refuses
 * @param {object} options waits: milliseconds before each repetition at a rate limit; report(done, of): called between
 * pieces
 * @throws when a single block is refused, or when the endpoint refuses for its rate longer than all the waits
 */
export async function readLogs(filter, from, rpc, { waits = WAITS_MS, report = () => {} } = {}) {
  const head = Number(BigInt(await rpc("eth_blockNumber", [])));
  const first = from;
  const found = [];
  let size = Math.max(head - from + 1, 1);
  let refused = Infinity;
  let rounds = 0;
  let waited = 0;
  while (from <= head) {
    const to = Math.min(from + size - 1, head);
    let logs;
    try {
      logs = await rpc("eth_getLogs", [{ ...filter, fromBlock: quantity(from), toBlock: quantity(to) }]);
      if (!Array.isArray(logs)) throw new Error("eth_getLogs answered without a list");
    } catch (error) {
      if (RATE.test(error.message)) {
        if (waited === waits.length) throw error;
        await sleep(waits[waited++]);
        continue;
      }
      if (to === from) throw error;
      refused = to - from + 1;
      size = Math.ceil(refused / 2);
      rounds = 0;
      continue;
    }
    waited = 0;
    found.push(...logs);
    from = to + 1;
    report(from - first, head - first + 1);
    rounds += 1;
    if (rounds > ROUNDS_BEFORE_WIDER) [refused, rounds] = [Infinity, 0];
    if (size * 2 < refused) size *= 2;
  }
  return found;
}
