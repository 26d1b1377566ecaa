// Every stage of the build and of the tests, once. A stage names the stages that it needs, so that no target can run on
// what an older build left behind.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { countForge, countNextest, countNode } from "./count.mjs";
import { root } from "./execute.mjs";

// The binary itself: the script in node_modules/.bin ends with 0 whatever forge ends with.
const architecture = process.arch === "x64" ? "amd64" : process.arch;
export const forge = join("node_modules", "@foundry-rs", `forge-${process.platform}-${architecture}`, "bin", "forge");

function files(folder, extension) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? files(path, extension) : path.endsWith(extension) ? [path] : [];
  });
}

/** What a local network takes besides contracts/: what the scripts deploy, and its tokens. */
const DEPLOYED = ["contracts", "script/Deployed.sol", "test/mocks/LocalToken.sol"];
const inTests = { FOUNDRY_PROFILE: "test" };
/** The profile of foundry.toml that the deployment scripts are compiled in. */
export const inScripts = { FOUNDRY_PROFILE: "script" };

/**
 * - `needs`: stages that come first; when one of them fails this one is not run and counts as failed
 * - `lane`: stages of different lanes run side by side, the others alone
 * - `compiles`: what its processor time is spent on, for the sum at the end
 * - `count`: counts what passed in its output; without it the stage is one test
 */
export const stages = [
  { name: "install", run: ["node", "script/install.mjs"] },
  { name: "layout", run: ["node", "script/layout.mjs"] },
  {
    name: "format",
    needs: ["install"],
    run: ["sh", "-c", `${forge} fmt --check contracts script test && cargo fmt --all --check`],
  },
  { name: "contracts", needs: ["install"], lane: "solidity", compiles: "contracts and tests", run: [forge, "build"] },
  {
    name: "test build",
    needs: ["install"],
    lane: "solidity",
    compiles: "contracts and tests",
    run: [forge, "build"],
    env: inTests,
  },
  {
    name: "script build",
    needs: ["install"],
    lane: "solidity",
    compiles: "contracts and tests",
    run: [forge, "build"],
    env: inScripts,
  },
  { name: "abi", needs: ["contracts"], lane: "solidity", run: ["node", "script/abi.mjs", "--check"] },
  { name: "abi package", needs: ["install"], lane: "solidity", run: ["node", "script/abi/package.mjs"] },
  {
    name: "forge",
    needs: ["contracts", "test build"],
    lane: "solidity",
    run: [forge, "test", "--no-match-path", "test/**/*.gas.t.sol"],
    env: inTests,
    count: countForge,
  },
  {
    name: "gas",
    needs: ["contracts", "test build"],
    lane: "solidity",
    run: [forge, "test", "--isolate", "--match-path", "test/**/*.gas.t.sol"],
    // Without EMIT=false forge writes the figures before it compares them.
    env: { ...inTests, FORGE_SNAPSHOT_CHECK: "true", FORGE_SNAPSHOT_EMIT: "false" },
    count: countForge,
  },
  { name: "tools", needs: ["install"], lane: "rust", run: ["node", "script/install.mjs", "--with-test-tools"] },
  { name: "slither", needs: ["contracts", "tools"], lane: "solidity", run: ["node", "script/slither.mjs"] },
  {
    name: "specs",
    needs: ["tools"],
    lane: "rust",
    run: () => ["target/tools/bin/bulloak", "check", ...files("test", ".tree")],
  },
  { name: "rust build", lane: "rust", run: ["cargo", "build", "--workspace", "--all-targets"] },
  {
    name: "lints",
    needs: ["rust build"],
    lane: "rust",
    run: ["cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
  },
  {
    name: "scripts",
    needs: ["contracts", "test build", "script build", "abi package", "tools"],
    run: () => ["node", "--test", "--test-reporter=tap", ...files("test/script", ".test.mjs")],
    count: countNode,
  },
  {
    name: "rust",
    needs: ["contracts", "script build", "rust build"],
    run: ["cargo", "nextest", "run", "--workspace", "--config-file", "test/nextest.toml", "--no-fail-fast"],
    count: countNextest,
  },
];

/** Parts of the above for targets that need less than the tests do, and what only they need. */
export const parts = [
  { name: "deployed contracts", needs: ["install"], lane: "solidity", run: [forge, "build", ...DEPLOYED] },
  { name: "bench", needs: ["contracts"], lane: "solidity", run: [forge, "build"], env: { FOUNDRY_PROFILE: "bench" } },
  { name: "prover", needs: ["install"], lane: "rust", run: ["node", "script/install.mjs", "--with-prover"] },
  {
    name: "proofs",
    needs: ["install"],
    lane: "solidity",
    run: [forge, "build"],
    env: { FOUNDRY_PROFILE: "proofs" },
  },
  { name: "programs", lane: "rust", run: ["cargo", "build", "-p", "fluxion-keeper", "-p", "fluxion-devnet", "--bins"] },
  {
    name: "release programs",
    lane: "rust",
    run: ["cargo", "build", "--release", "-p", "fluxion-keeper", "-p", "fluxion-devnet", "--bins"],
  },
  { name: "dev harness", lane: "rust", run: ["cargo", "build", "-p", "fluxion-properties", "--bins"] },
  { name: "property harness", lane: "rust", run: ["cargo", "build", "--release", "-p", "fluxion-properties"] },
  { name: "machine", lane: "rust", run: ["cargo", "build", "-p", "fluxion-devnet", "--test", "machine"] },
];

/** The stages called `names` and all that they need, in the order of the table. */
export function closure(names, table) {
  const wanted = new Set();
  const add = (name) => {
    const stage = table.find((one) => one.name === name);
    if (!stage) throw new Error(`no stage ${name}; there are: ${table.map((one) => one.name).join(", ")}`);
    if (wanted.has(name)) return;
    wanted.add(name);
    (stage.needs ?? []).forEach(add);
  };
  names.forEach(add);
  return table.filter((one) => wanted.has(one.name));
}
