// Tests and scripts take deployed code from out/, where the optimizer made it. `new X()`, `type(X).creationCode`,
// "X.sol:X" and inheriting from X would put code of another compilation in its place without a word.
import { dirname, join, normalize } from "node:path";

/** Where code that is deployed is declared; of the scripts those that script/Deployed.sol has. */
const OPTIMISED = /^(contracts|test\/mocks|node_modules)\//;
/** What else is built with the optimizer: imported by these files. */
const LISTS = ["script/Deployed.sol", "test/mocks/Deployed.sol"];
/** Compiled with the optimizer themselves. */
const EXEMPT = [/^test\/mocks\//, /^test\/properties\/contracts\//, /^script\/Deployed\.sol$/];

const withoutComments = (source) =>
  source.replace(
    /("(?:\\.|[^"\\\n])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (whole, literal) => literal ?? whole.replace(/[^\n]/g, " "),
  );

export function deployedCode({ files, read, has }) {
  const parsed = new Map();
  const parse = (file) => {
    if (!parsed.has(file)) parsed.set(file, parseSource(file, has(file) ? withoutComments(read(file)) : ""));
    return parsed.get(file);
  };
  /** The file that declares what `file` calls `name`, through whatever imports it. */
  const origin = (file, name, seen = new Set()) => {
    if (file.startsWith("node_modules/")) return { file, name };
    const { declared, imports } = parse(file);
    if (declared.has(name)) return { file, name, kind: declared.get(name) };
    const found = imports.get(name);
    if (!found || seen.has(file)) return undefined;
    return origin(found.file, found.name, seen.add(file));
  };
  const listed = new Set(
    LISTS.filter(has).flatMap((list) =>
      [...parse(list).imports.keys()].map((name) => origin(list, name)).map((one) => one && `${one.file}:${one.name}`),
    ),
  );
  const isDeployed = (found) => found && (OPTIMISED.test(found.file) || listed.has(`${found.file}:${found.name}`));
  const deployedNames = new Set(
    files
      .filter((file) => /^(contracts|test\/mocks)\/.*\.sol$/.test(file))
      .flatMap((file) => [...parse(file).declared].filter(([, kind]) => kind === "contract").map(([name]) => name)),
  );
  for (const one of listed) if (one) deployedNames.add(one.split(":")[1]);

  const judged = files.filter(
    (file) => /^(test|script)\/.*\.sol$/.test(file) && !EXEMPT.some((pattern) => pattern.test(file)),
  );
  return judged.flatMap((file) => {
    const { text } = parse(file);
    const faults = [];
    const report = (index, what) =>
      faults.push(
        `${file}:${text.slice(0, index).split("\n").length}: ${what}; deploy artifact("...") of script/Artifact.sol`,
      );
    for (const { 0: whole, 1: name, index } of text.matchAll(/\bnew\s+(\w+)\s*[({]/g)) {
      if (isDeployed(origin(file, name))) report(index, `${whole.replace(/\s*[({]$/, "()")} embeds deployed code`);
    }
    for (const { 1: name, 2: which, index } of text.matchAll(
      /\btype\s*\(\s*(\w+)\s*\)\s*\.\s*(creationCode|runtimeCode)\b/g,
    )) {
      if (isDeployed(origin(file, name))) report(index, `type(${name}).${which} embeds deployed code`);
    }
    for (const { 1: name, 2: contract, index } of text.matchAll(/"(?:[^"\n]*\/)?(\w+)\.sol(?::(\w+))?"/g)) {
      // A path of an import, or of a file that is read as text, names no code.
      if (/\b(from|import|readFile\()\s*$/.test(text.slice(0, index))) continue;
      if (deployedNames.has(contract ?? name))
        report(index, `the name ${contract ?? name} is looked up in the build of the tests`);
    }
    for (const { 1: name, 2: bases, index } of text.matchAll(/\bcontract\s+(\w+)\s+is\s+([^{]+)\{/g)) {
      for (const [base] of bases.replace(/\([^)]*\)/g, "").matchAll(/\w+/g)) {
        const found = origin(file, base);
        if (found?.kind === "contract" && found.file.startsWith("contracts/"))
          report(index, `${name} inherits from ${base}, which is deployed`);
      }
    }
    return faults;
  });
}

function parseSource(file, text) {
  const declared = new Map();
  for (const [, abstract, kind, name] of text.matchAll(/^\s*(abstract\s+)?(contract|interface|library)\s+(\w+)/gm)) {
    declared.set(name, abstract ? "abstract contract" : kind);
  }
  const imports = new Map();
  for (const [, names, path] of text.matchAll(/\bimport\s*\{([^}]*)\}\s*from\s*"([^"]+)"/g)) {
    const target = path.startsWith(".") ? normalize(join(dirname(file), path)) : `node_modules/${path}`;
    for (const one of names.split(",")) {
      const [name, alias] = one.trim().split(/\s+as\s+/);
      if (name) imports.set(alias ?? name, { file: target, name });
    }
  }
  return { text, declared, imports };
}
