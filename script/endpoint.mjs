// The endpoint of a chain, as the scripts ask it.
import { Mistake } from "./networks.mjs";

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000];
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

/**
 * A function (method, params) => result. Asks again where an endpoint is busy or out for a moment; other refusals are a
 * {@link Mistake} with the endpoint's words.
 */
export function endpoint(url) {
  return async (method, params = []) => {
    for (let tries = 0; ; tries++) {
      const last = tries === WAITS_MS.length;
      let response;
      try {
        response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
          signal: AbortSignal.timeout(20_000),
        });
      } catch (error) {
        const cause = error.cause?.message || error.cause?.code || error.message;
        // Nobody listens there: no time mends that.
        if (
          last ||
          /ECONNREFUSED|ENOTFOUND|Invalid URL|Failed to parse|bad port/i.test(
            `${cause} ${error.cause?.code} ${error.message}`,
          )
        ) {
          throw new Mistake(`no answer from the endpoint (${cause}); correct RPC_URL or start the node`);
        }
        await sleep(WAITS_MS[tries]);
        continue;
      }
      if ([429, 502, 503, 504].includes(response.status) && !last) {
        await sleep(WAITS_MS[tries]);
        continue;
      }
      const body = await response.json().catch(() => ({ error: { message: `HTTP ${response.status}, not JSON` } }));
      if (body.error) {
        const words = String(body.error.message ?? JSON.stringify(body.error))
          .split("\n")[0]
          .slice(0, 300);
        throw Object.assign(new Mistake(`the endpoint refused ${method}: ${words}`), { data: body.error.data });
      }
      return body.result;
    }
  };
}
