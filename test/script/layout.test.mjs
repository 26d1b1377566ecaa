// Each check of the layout stage fails for what it is there to refuse, and passes without it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { circles } from "../../script/layout/circles.mjs";
import { columns } from "../../script/layout/columns.mjs";
import { deployedCode } from "../../script/layout/deployed.mjs";
import { figures, links, reachable } from "../../script/layout/documents.mjs";
import { lengths, topLevel } from "../../script/layout/files.mjs";
import { interfaces } from "../../script/layout/interfaces.mjs";
import { promises } from "../../script/layout/promises.mjs";

/** A checkout of these files alone. */
const tree = (contents) => ({
  files: Object.keys(contents),
  has: (path) => path in contents,
  read: (path) => contents[path],
});

test("files: the top level, the length", () => {
  assert.deepEqual(topLevel(tree({ "docs/a.md": "", "utils/a.mjs": "" })), [
    "utils: not part of the top level; move it into a folder that is",
  ]);
  assert.deepEqual(
    lengths(
      tree({ "keeper/a.rs": "\n".repeat(401), "keeper/b.rs": `${"\n".repeat(400)}#[cfg(test)]\n${"\n".repeat(400)}` }),
    ),
    ["keeper/a.rs: 401 lines; split it below 400"],
  );
});

test("columns: comments and lines end at 120", () => {
  const judge = (file, line) => columns(tree({ [file]: `a\n${line}\nb` }));
  const long = (start) => `${start}${" word".repeat(30)}`.slice(0, 121);
  const fault = (file) => [`${file}:2: 121 columns; break the line at 120`];
  for (const start of ["// x", "    /// @notice x", " * x", "/** x", "//! x"]) {
    for (const file of ["contracts/A.sol", "keeper/src/a.rs", "script/a.mjs"]) {
      assert.deepEqual(judge(file, long(start)), fault(file), `${file} ${start}`);
      assert.deepEqual(judge(file, long(start).slice(0, 120)), [], `${file} ${start}, 120`);
    }
  }
  assert.deepEqual(judge("script/a.mjs", long("const a =")), fault("script/a.mjs"));
  // Characters count, not bytes; rows of tables, what the formatters have, and literals are nobody's to break.
  assert.deepEqual(judge("script/a.mjs", `// ${"\u00e9".repeat(117)}`), []);
  assert.deepEqual(judge("contracts/A.sol", `/// | ${"cell | ".repeat(20)}`), []);
  assert.deepEqual(judge("contracts/A.sol", long("    uint256 a =")), []);
  assert.deepEqual(judge("script/a.mjs", `const a = "${"x".repeat(120)}";`), []);
  assert.deepEqual(judge("docs/a.md", long("")), []);
});

test("documents: links lead somewhere, and to every page from README", () => {
  const documents = {
    "docs/a.md": "[b](b.md) [c](../c.md#x) [d](https://example.org) [e](e.md)",
    "docs/b.md": "",
    "c.md": "",
  };
  assert.deepEqual(links(tree(documents)), ["docs/a.md: the link to e.md leads nowhere"]);
  const pages = { "README.md": "[a](docs/a.md)", "docs/a.md": "[b](b.md#part)", "docs/b.md": "[readme](../README.md)" };
  assert.deepEqual(reachable(tree(pages)), []);
  // A page that nobody links to, two that link to each other alone, and one that only lost its link.
  const lost = (file) => `${file}: no link leads there from README.md, not even by way of other pages`;
  assert.deepEqual(reachable(tree({ ...pages, "docs/c.md": "[a](a.md)" })), [lost("docs/c.md")]);
  const pair = { "docs/c.md": "[d](d.md)", "docs/d.md": "[c](c.md)" };
  assert.deepEqual(reachable(tree({ ...pages, ...pair })), ["docs/c.md", "docs/d.md"].map(lost));
  assert.deepEqual(reachable(tree({ ...pages, "docs/a.md": "b.md" })), [lost("docs/b.md")]);
});

test("documents: gas in README is that of the snapshots", () => {
  const judge = (line) => figures(tree({ "README.md": line, "test/snapshots/pools.json": '{"swap": "68680"}' }));
  assert.deepEqual(judge("| swap (`pools.swap`) | 68,680 gas | 70,000 |"), []);
  for (const stale of ["68,681", "168,680", "68,680,000", "68680"]) {
    const told = "README.md: pools.swap is 68,680 in test/snapshots/pools.json; correct the row";
    assert.deepEqual(judge(`| swap (\`pools.swap\`) | ${stale} gas |`), [told], stale);
  }
  assert.deepEqual(judge("`pools.swop` 68,680"), ["README.md: test/snapshots/pools.json has no figure swop"]);
  assert.deepEqual(judge("`node.version`, `pools.swap(...)`"), [], "other names are none of its business");
});

test("circles: folders of the keeper depend in one direction", () => {
  const keeper = {
    "keeper/src/lib.rs": "use crate::jobs; use crate::model;",
    "keeper/src/jobs/a.rs": "use crate::{model::Id, oracle};",
    "keeper/src/oracle.rs": "// once crate::jobs\nuse crate::model::Id;",
    "keeper/src/model/id.rs": "use super::Id;\nuse crate::model::Height;",
  };
  assert.deepEqual(circles(tree(keeper)), []);
  const defects = {
    "one import back": { "keeper/src/oracle.rs": "use crate::jobs::Limits;" },
    "a list back": { "keeper/src/oracle.rs": "use crate::{\n    model::{A, B},\n    jobs,\n};" },
    "a path back, by a third": {
      "keeper/src/oracle.rs": "use crate::sources;",
      "keeper/src/sources/b.rs": "fn f() -> crate::jobs::B {}",
    },
  };
  for (const [defect, changed] of Object.entries(defects)) {
    const [fault, ...more] = circles(tree({ ...keeper, ...changed }));
    assert.match(fault, /in a circle: (jobs -> oracle|oracle -> jobs).*keeper\/src\/jobs\/a\.rs/, defect);
    assert.deepEqual(more, [], defect);
  }
});

const source = {
  "contracts/A.sol": "contract A {}\nabstract contract Base {}\ninterface IA {}",
  "test/mocks/Token.sol": "contract Token {}",
  "test/mocks/Deployed.sol": 'import {Helper} from "../Helper.sol";',
  "test/Helper.sol": "contract Helper {}\ncontract Own {}",
  "test/Fixture.sol":
    'import {A, Base, IA} from "../contracts/A.sol";\nimport {Token as Coin} from "./mocks/Token.sol";\nimport {Own} from "./Helper.sol";',
};
const judged = (body) =>
  deployedCode(
    tree({
      ...source,
      "test/X.t.sol": `import {A, Base, IA, Coin, Own} from "./Fixture.sol";\nimport {Helper} from "./Helper.sol";\nimport {W} from "@x/W.sol";\n${body}`,
    }),
  );

test("deployed code is embedded nowhere", () => {
  const refused = {
    "new A()": "contract X { function f() { new A(); } }",
    "new A(), with a salt": "contract X { function f() { new A{salt: 0}(); } }",
    "new Coin()": "contract X { function f() { new  Coin (); } }",
    "new Helper()": "contract X { function f() { new Helper(); } }",
    "new W()": "contract X { function f() { new W(); } }",
    "type(A).creationCode": "contract X { bytes c = type(A).creationCode; }",
    "type(A).runtimeCode": "contract X { bytes c = type( A ) . runtimeCode; }",
    "the name A": 'contract X { function f() { deployCode("A.sol:A"); } }',
    "the name Token": 'contract X { function f() { vm.getCode("test/mocks/Token.sol:Token"); } }',
    "the name Helper": 'contract X { function f() { vm.getCode("Helper.sol:Helper"); } }',
    "inherits from A": "contract X is Test, A(1) { }",
  };
  for (const [name, body] of Object.entries(refused)) {
    const faults = judged(body);
    assert.equal(faults.length, 1, `${name}: ${faults}`);
    assert.match(faults[0], /^test\/X\.t\.sol:4: /, name);
  }
  const fine = [
    'contract X { function f() { new Own(); new uint256[](3); A(deployCode(artifact("A"))); } }',
    "contract X { // new A()\n/* type(A).creationCode */ }",
    'contract X { function f() { vm.readFile("contracts/A.sol"); deployCode("X.t.sol:X"); } }',
    "contract X is Base, IA { }",
  ];
  for (const body of fine) assert.deepEqual(judged(body), [], body);
  assert.deepEqual(
    deployedCode(
      tree({
        ...source,
        "test/mocks/M.sol": 'import {A} from "../../contracts/A.sol";\ncontract M { A a = new A(); }',
      }),
    ),
    [],
  );
});

test("promises and citations match", () => {
  const document = "| number | promise |\n|---|---|\n| POOL-1 | x |\n| POOL-2 | y |\n| TX-1 | z |\n";
  const files = {
    "docs/invariants.md": document,
    "test/pools/P.t.sol": 'function invariant_POOL1_Holds() { assertTrue(x, "POOL-2: y"); }',
    "keeper/src/tx.rs": "//! TX-9 is not cited by a test here\n#[cfg(test)]\nmod tests { /// TX-1\n}",
  };
  assert.deepEqual(promises(tree(files)), []);
  const uncited = { ...files, "keeper/src/tx.rs": "/// TX-1: not in a test\n" };
  assert.deepEqual(promises(tree(uncited)), ["docs/invariants.md: no test cites TX-1"]);
  const unknown = { ...files, "keeper/src/jobs/tests.rs": "// POOL-12\n" };
  assert.deepEqual(promises(tree(unknown)), [
    "keeper/src/jobs/tests.rs: cites POOL-12, which docs/invariants.md does not have",
  ]);
  const twice = { ...files, "docs/invariants.md": `${document}| POOL-1 | again |\n` };
  assert.deepEqual(promises(tree(twice)), ["docs/invariants.md: POOL-1 is there twice"]);
});

test("interfaces document every parameter and return, and what a number counts", () => {
  const judge = (comment, declaration) =>
    interfaces(tree({ "contracts/pools/IPool.sol": `interface IPool {\n${comment}\n    ${declaration}\n}` }));
  const declaration =
    "function swap(uint256 amount, address to, uint256[] calldata) external payable returns (uint256 out, bool);";
  const whole = [
    "/// @notice Swaps.",
    "/// @param amount What comes in, token decimals.",
    "/// @param to Who gets it.",
    "/// @return out What goes out,",
    "/// in token decimals.",
    "/// @return Whether it did.",
  ];
  assert.deepEqual(judge(whole.join("\n"), declaration), []);
  assert.deepEqual(judge(`/**\n${whole.map((line) => line.replace("///", " *")).join("\n")}\n */`, declaration), []);
  const without = (n, text) => whole.toSpliced(n, 1, ...(text ? [text] : [])).join("\n");
  const only = (faults, pattern) => {
    assert.equal(faults.length, 1, `${faults}`);
    assert.match(faults[0], pattern);
  };
  only(judge(without(1), declaration), /swap has no @param amount/);
  only(judge(without(2), declaration), /swap has no @param to/);
  only(judge(without(2, "/// @param to"), declaration), /swap has no @param to/);
  only(judge(without(5), declaration), /swap has no @return/);
  only(judge(without(1, "/// @param amount What comes in."), declaration), /@param amount does not say what it counts/);
  only(judge("/// @notice Settled.", "function settled() external view returns (bool);"), /settled has no @return/);
});
