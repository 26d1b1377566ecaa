// An endpoint between a script and a chain that behaves as real ones do: kept behind, forgetful, choosy, or counting.
import { createServer } from "node:http";

/** The items of a raw transaction of type 2 up to its fees: chain id, nonce, tip, greatest fee. */
function feesOf(raw) {
  const bytes = Buffer.from(raw.slice(2), "hex");
  if (bytes[0] !== 2) return {};
  let at = bytes[1] <= 0xf7 ? 2 : 2 + (bytes[1] - 0xf7);
  const items = [];
  for (let i = 0; i < 4; i++) {
    const head = bytes[at];
    const length = head < 0x80 ? 1 : head - 0x80;
    const from = head < 0x80 ? at : at + 1;
    items.push(BigInt(`0x${bytes.subarray(from, from + length).toString("hex") || "0"}`));
    at = from + length;
  }
  return { tip: items[2], fee: items[3] };
}

const STATE = { eth_getCode: 1, eth_getBalance: 1, eth_getTransactionCount: 1, eth_getStorageAt: 2, eth_call: 1 };

/**
 * Starts the endpoint; it ends with the test `t`.
 *
 * @param {object} quirks
 *   leastTip: wei that a transaction has to offer;
 *   behind: every second question is answered by a node that has not seen the latest block;
 *   keeps: how many blocks of old state there are;
 *   onSend: called with the number of a transaction after the chain has it
 * @returns url, and sent: how many transactions the chain has
 */
export async function startProxy(t, chain, { leastTip, behind, keeps, onSend = () => {} } = {}) {
  const state = { sent: 0, turn: 0 };
  const forward = async (body) =>
    (
      await fetch(chain.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).json();
  const head = async () =>
    Number(BigInt((await forward({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] })).result));
  const refuse = (id, code, message) => ({ jsonrpc: "2.0", id, error: { code, message } });
  const answer = async (request) => {
    const { id, method, params = [] } = request;
    if (method === "eth_sendRawTransaction") {
      if (leastTip && (feesOf(params[0]).tip ?? 0n) < leastTip) {
        return refuse(
          id,
          -32000,
          `transaction underpriced: gas tip cap ${feesOf(params[0]).tip}, minimum needed ${leastTip}`,
        );
      }
      const done = await forward(request);
      if (done.result) await onSend(++state.sent);
      return done;
    }
    const place = STATE[method];
    const at = place === undefined ? undefined : params[place];
    if (keeps !== undefined && /^0x/.test(at ?? "") && (await head()) - Number(BigInt(at)) > keeps) {
      return refuse(id, -32000, `missing trie node: historical state of block ${Number(BigInt(at))} is not available`);
    }
    if (!behind || ++state.turn % 2 === 0) return forward(request);
    const old = Math.max((await head()) - 1, 0);
    if (method === "eth_blockNumber") return { jsonrpc: "2.0", id, result: `0x${old.toString(16)}` };
    if (at === "latest")
      return forward({ ...request, params: params.map((one) => (one === "latest" ? `0x${old.toString(16)}` : one)) });
    const done = await forward(request);
    const isOfTheHead =
      ["eth_getTransactionReceipt", "eth_getTransactionByHash"].includes(method) &&
      Number(done.result?.blockNumber ?? 0) > old;
    return isOfTheHead ? { ...done, result: null } : done;
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const told = Array.isArray(body) ? await Promise.all(body.map(answer)) : await answer(body);
    response.setHeader("content-type", "application/json").end(JSON.stringify(told));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...chain, url: `http://127.0.0.1:${server.address().port}`, state };
}
