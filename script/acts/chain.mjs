// A deployed network, as the acts see it: its contracts by name, its tokens, and calls in the words of the ABIs.
import { execFileSync } from "node:child_process";
import { createECDH } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Mistake } from "../networks.mjs";
import { root } from "../stages/execute.mjs";
import { forge } from "../stages/table.mjs";
import { isAddress } from "./words.mjs";

const folder = join(root, "abi", "json");

/** Runs cast, which is installed beside forge. */
export function cast(...args) {
  try {
    const binary = join(root, forge.replaceAll("forge-", "cast-").replace(/forge$/, "cast"));
    return execFileSync(binary, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } catch (error) {
    throw new Mistake(
      String(error.stderr ?? error.message)
        .replace(/^Error: /, "")
        .trim()
        .split("\n")
        .join(" "),
    );
  }
}

const typeOf = ({ type, components }) =>
  type.startsWith("tuple") ? `(${components.map(typeOf).join(",")})${type.slice(5)}` : type;
const signatureOf = ({ name, inputs }) => `${name}(${inputs.map(typeOf).join(",")})`;

const abis = new Map();
function abiOf(name) {
  if (!abis.has(name)) {
    const path = [`I${name}.json`, `${name}.json`].map((file) => join(folder, file)).find(existsSync);
    if (!path) throw new Mistake(`no ABI of ${name} in abi/json; run make abi`);
    abis.set(name, JSON.parse(readFileSync(path, "utf8")));
  }
  return abis.get(name);
}

/** The account of a private key, which never appears on a command line. */
export function accountOf(key) {
  const pair = createECDH("secp256k1");
  try {
    pair.setPrivateKey(Buffer.from(key.slice(2), "hex"));
  } catch {
    throw new Mistake("SENDER_KEY is no private key of the curve; export the right one, then run again");
  }
  return `0x${cast("keccak", `0x${pair.getPublicKey().subarray(1).toString("hex")}`).slice(-40)}`;
}

/** What a revert says, in the words of the ABIs. */
export function explain(data) {
  if (data.startsWith("0x08c379a0")) return cast("decode-error", data, "--sig", "Error(string)");
  for (const file of readdirSync(folder)) {
    for (const error of JSON.parse(readFileSync(join(folder, file), "utf8"))) {
      if (error.type !== "error" || cast("sig", signatureOf(error)) !== data.slice(0, 10)) continue;
      const values =
        error.inputs.length === 0 ? "" : cast("decode-error", data, "--sig", signatureOf(error)).split("\n").join(", ");
      return `${error.name}(${values})`;
    }
  }
  return data === "0x" ? "without a word" : data;
}

export class Chain {
  #tokens = new Map();

  /**
   * @param rpc (method, params) => result
   * @param {object} record deployment record
   * @param {string} path of the record, for errors
   * @param {string} sender who calls
   */
  constructor({ rpc, record, path, sender }) {
    Object.assign(this, { rpc, record, path, sender });
  }

  /** The address of a contract of the record, or the address itself. */
  address(place, word) {
    const found = isAddress(word) ? word : this.record.contracts[word]?.address;
    if (found) return found;
    throw new Mistake(`${place} is "${word}"; write 0x and 40 hex digits, or a contract of ${this.path}`);
  }

  /** A call: its contract by name (or the ABI's name and an address), the function and its arguments. */
  call(contract, name, args, at = this.address("contract", contract)) {
    const entry = abiOf(contract).find(
      (one) => one.type === "function" && one.name === name && one.inputs.length === args.length,
    );
    if (!entry) throw new Mistake(`${contract} has no function ${name} of ${args.length} arguments`);
    const text = args.map((arg) => (Array.isArray(arg) ? `[${arg.join(",")}]` : String(arg)));
    const data = cast("calldata", signatureOf(entry), ...text);
    return { contract, name, target: at, data, text, inputs: entry.inputs, outputs: entry.outputs };
  }

  /** What an answer to a call says: a text for each value. */
  decode({ name, outputs }, answer) {
    if (outputs.length === 0) return [];
    const lines = cast("decode-abi", `${name}()(${outputs.map(typeOf).join(",")})`, answer).split("\n");
    return lines.map((line) => line.replace(/ \[[^\]]*e\d+\]/g, ""));
  }

  /** Asks a view. */
  async ask(contract, name, args, at) {
    const call = this.call(contract, name, args, at);
    let answer;
    try {
      answer = await this.rpc("eth_call", [{ from: this.sender, to: call.target, data: call.data }, "latest"]);
    } catch (error) {
      const data = typeof error.data === "string" ? error.data : error.message.match(/0x(?:[0-9a-f]{2}){4,}/i)?.[0];
      throw new Mistake(`${contract}.${name} refuses: ${data ? explain(data) : error.message}`);
    }
    return this.decode(call, answer);
  }

  /** Symbol and decimals of a token. */
  async token(place, address) {
    if (!this.#tokens.has(address)) {
      let found;
      try {
        const [decimals] = await this.ask("ERC20Metadata", "decimals", [], address);
        const [symbol] = await this.ask("ERC20Metadata", "symbol", [], address);
        found = { address, decimals: Number(decimals), symbol: symbol.replace(/^"|"$/g, "") };
      } catch {
        throw new Mistake(
          `${place}: ${address} is no token (it has no decimals or no symbol); write the address of a token of this chain`,
        );
      }
      this.#tokens.set(address, found);
    }
    return this.#tokens.get(address);
  }

  /** Time of the latest block, in seconds. */
  async now() {
    const { timestamp } = await this.rpc("eth_getBlockByNumber", ["latest", false]);
    return BigInt(timestamp);
  }
}

/** The first topic of an event. */
export function topicOf(contract, name) {
  const entry = abiOf(contract).find((one) => one.type === "event" && one.name === name);
  return cast("sig-event", signatureOf(entry));
}
