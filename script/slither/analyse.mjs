// Runs Slither on the syntax tree of Solidity's compiler, without code: making code is what takes the time, and Slither
// does not read it.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { execute, root } from "../stages/execute.mjs";
import { forge } from "../stages/table.mjs";

const slither = join(root, "target", "tools", "slither", "bin", "slither");
const solc = createRequire(join(root, "package.json"))("solc");

/** What forge would write with `--build-info`, for these sources and all that they import. */
function parse(sources) {
  const foundry = readFileSync(join(root, "foundry.toml"), "utf8");
  const remappings = [...foundry.matchAll(/^ {2}"([^"=]+=[^"]+)",$/gm)].map(([, one]) => one);
  const [, evmVersion] = foundry.match(/^evm_version = "(\w+)"$/m);
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: {
      remappings,
      evmVersion,
      viaIR: true,
      optimizer: { enabled: true },
      outputSelection: { "*": { "": ["ast"], "*": ["abi", "evm.methodIdentifiers", "userdoc", "devdoc"] } },
    },
  };
  const find = (path) => {
    try {
      input.sources[path] = { content: readFileSync(join(root, path), "utf8") };
      return { contents: input.sources[path].content };
    } catch {
      return { error: `no ${path}` };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
  const error = (output.errors ?? []).find(({ severity }) => severity === "error");
  if (error) throw new Error(error.formattedMessage);
  const none = { object: "", sourceMap: "", linkReferences: {} };
  for (const file of Object.values(output.contracts)) {
    for (const contract of Object.values(file)) {
      const methodIdentifiers = contract.evm?.methodIdentifiers ?? {};
      contract.evm = { bytecode: none, deployedBytecode: none, methodIdentifiers };
    }
  }
  return { solcVersion: solc.version().split("+")[0], input, output };
}

/** `Contract.function.variable` of an element of a report, as far as it has them. */
function nameOf({ type, name, type_specific_fields: fields }) {
  const parent = fields?.parent;
  if (type === "node") return nameOf(parent);
  return parent && ["contract", "function"].includes(parent.type) ? `${nameOf(parent)}.${name}` : name;
}

/**
 * A finding without lines, so that it stays itself when the code around it grows: the place, what happens after a call.
 */
function placeOf({ elements }) {
  const ofKind = (kind) => elements.filter(({ additional_fields: more }) => more?.underlying_type === kind);
  const written = [
    ...new Set(ofKind("variables_written").map(({ additional_fields: more }) => more.variable_name)),
  ].sort();
  const emitted = [...new Set(ofKind("event").map(({ name }) => name.match(/(\w+)\s*\(/)?.[1] ?? name))].sort();
  const after = [...written.map((name) => `writes ${name}`), ...emitted.map((name) => `emits ${name}`)];
  return [nameOf(elements[0]), ...(after.length > 0 ? [`then ${after.join(", ")}`] : [])].join(" ");
}

/**
 * All findings in these sources as `{ detector, place }`; a place is there as often as Slither reports it.
 *
 * @param {Record<string, string>} sources text by path from the root of the checkout
 * @param {string} name of the folder in target/ that the run works in
 */
export async function analyse(sources, name = "slither") {
  const work = join(root, "target", name);
  rmSync(work, { recursive: true, force: true });
  const parsed = parse(sources);
  // Slither looks for the lines of what it reports in files: these are what was parsed, whatever the checkout has.
  for (const [path, { content }] of Object.entries(parsed.input.sources)) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), content);
  }
  copyFileSync(join(root, "foundry.toml"), join(work, "foundry.toml"));
  mkdirSync(join(work, "build-info"));
  writeFileSync(join(work, "build-info", "contracts.json"), JSON.stringify(parsed));
  const { text } = await execute(
    [
      slither,
      ".",
      "--foundry-ignore-compile",
      "--foundry-build-info-directory",
      "build-info",
      "--filter-paths",
      "node_modules",
      "--exclude-informational",
      "--exclude-optimization",
      "--json",
      "report.json",
    ],
    // Slither asks forge for the settings.
    { cwd: work, env: { PATH: [join(root, dirname(forge)), process.env.PATH].join(delimiter) } },
  );
  let found;
  try {
    found = JSON.parse(readFileSync(join(work, "report.json"), "utf8"));
  } catch {
    throw new Error(`slither left no report\n${text}`);
  }
  if (!found.success) throw new Error(`slither failed: ${found.error}`);
  return (found.results.detectors ?? []).map((finding) => ({ detector: finding.check, place: placeOf(finding) }));
}
