#!/usr/bin/env node
// Builds abi/npm: ABIs of abi/json as typed constants, the addresses of deployments/, and the example that a test runs.
// The TypeScript compiler judges all of it.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const home = join(root, "abi", "npm");

/** Chains whose records stay on the machine that made them. */
const LOCAL = [31337, 31338];

/**
 * `PoolManager` -> `poolManagerAbi`, `IERC20Metadata` -> `ierc20MetadataAbi`: leading capitals become small, but for
 * the last of several.
 */
export const constantOf = (name) =>
  `${name.replace(/^[A-Z]+(?=[A-Z][a-z]|\d)|^[A-Z]/, (capitals) => capitals.toLowerCase())}Abi`;

/** The module with an ABI each, by contract name as in a deployment record. */
export function renderAbis(abis) {
  const names = Object.keys(abis).sort();
  const constants = names.map((name) => `export const ${constantOf(name)} = ${JSON.stringify(abis[name])} as const;\n`);
  const byName = names.map((name) => `  ${name}: ${constantOf(name)},\n`);
  return `${constants.join("")}\n/** ABIs by contract name. */\nexport const abis = {\n${byName.join("")}} as const;\n`;
}

/** The module with the public deployments, by chain id. */
export function renderDeployments(records) {
  const chains = records
    .filter(({ chainId }) => !LOCAL.includes(chainId))
    .sort((a, b) => a.chainId - b.chainId)
    .map(({ chainId, network, block, contracts }) => {
      const addresses = Object.entries(contracts).map(([name, { address }]) => [name, address]);
      return `  ${chainId}: ${JSON.stringify({ network, block, addresses: Object.fromEntries(addresses) })},\n`;
    });
  return `/** Public deployments by chain id: the first block, and addresses by contract name. */\nexport const deployments = {\n${chains.join("")}} as const;\n`;
}

const readAll = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => [file.slice(0, -".json".length), JSON.parse(readFileSync(join(folder, file), "utf8"))]);

function main() {
  const generated = join(home, "src", "generated");
  for (const folder of [generated, join(home, "dist"), join(home, "example", "dist")]) {
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(generated, { recursive: true });
  const abis = Object.fromEntries(readAll(join(root, "abi", "json")));
  const records = readAll(join(root, "deployments")).map(([, record]) => record);
  writeFileSync(join(generated, "abis.ts"), renderAbis(abis));
  writeFileSync(join(generated, "deployments.ts"), renderDeployments(records));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  for (const project of [home, join(home, "example")]) {
    execFileSync("node", [compiler, "--project", project], { cwd: root, stdio: "inherit" });
  }
  console.log(`abi package: ${Object.keys(abis).length} ABIs, built and checked in abi/npm/dist`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    main();
  } catch (error) {
    console.error(
      `abi package: ${error.status === undefined ? error.message : "the compiler refuses the package (above)"}`,
    );
    process.exit(1);
  }
}
