// Chains for the tests of the scripts.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const binary = join(root, "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");

/** First account of anvil's own mnemonic. */
export const DEPLOYER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
export const DEPLOYER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/** The second account and its key. */
export const SECOND = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
export const SECOND_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

/** The third. */
export const THIRD = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
export const THIRD_KEY = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";

/** Starts a chain that ends with the test `t`. */
export async function startAnvil(t, chainId, ...options) {
  // Roomy blocks: what does not fit the block of one transaction waits for the next one.
  const roomy = options.includes("--gas-limit") ? [] : ["--gas-limit", "200000000"];
  const child = spawn(binary, ["--port", "0", "--chain-id", String(chainId), ...roomy, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const url = await new Promise((resolve, reject) => {
    let output = "";
    child.on("close", (code) => reject(new Error(`anvil ended with ${code}: ${output}`)));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      const found = output.match(/Listening on (\S+)/);
      if (found) resolve(`http://${found[1]}`);
    });
  });
  const rpc = async (method, ...params) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = await response.json();
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  // The hash comes before the block does: a busy machine can ask in between.
  const send = async (transaction) => {
    const hash = await rpc("eth_sendTransaction", transaction);
    for (let tries = 0; tries < 200; tries += 1) {
      const receipt = await rpc("eth_getTransactionReceipt", hash);
      if (receipt) return receipt;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`anvil: ${hash} is in no block after 20 s`);
  };
  return { url, rpc, send, nonce: async () => Number(await rpc("eth_getTransactionCount", DEPLOYER, "latest")) };
}

/** Starts a script in a process group of its own; `ended` resolves to its exit code and output. */
export function startDeploy(args, environment = { DEPLOYER_KEY }, script = "deploy.mjs") {
  const { DEPLOYER_KEY: _, ...inherited } = process.env;
  const child = spawn("node", [join(root, "script", script), ...args], {
    env: { ...inherited, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
  return { ended, kill: () => process.kill(-child.pid, "SIGKILL"), signal: (name) => child.kill(name) };
}

export const deploy = (args, environment) => startDeploy(args, environment).ended;
export const govern = (args, environment) => startDeploy(args, environment, "govern.mjs").ended;
export const act = (args, environment) => startDeploy(args, environment, "act.mjs").ended;
