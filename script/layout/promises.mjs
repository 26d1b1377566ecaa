// Every promise of docs/invariants.md is cited by a test, and every promise that a test cites is there.

const DOCUMENT = "docs/invariants.md";

/** What of a file is a test: all of test/ and keeper/tests, and the tests in and beside Rust code. */
function tests(file, text) {
  if (/^test\/(mutants|properties\/mutants|properties\/regressions)\//.test(file)) return "";
  if (/^test\/.*\.(sol|rs|mjs)$/.test(file) || /^keeper\/(tests\/|src\/(.*\/)?tests[./]).*rs$/.test(file)) return text;
  if (/^keeper\/src\/.*\.rs$/.test(file)) {
    const at = text.search(/^#\[cfg\(test\)\]/m);
    return at >= 0 ? text.slice(at) : "";
  }
  return "";
}

export function promises({ files, read, has }) {
  if (!has(DOCUMENT)) return [`${DOCUMENT}: is missing`];
  const rows = [...read(DOCUMENT).matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map(([, number]) => number);
  const faults = rows
    .filter((number, i) => rows.indexOf(number) < i)
    .map((number) => `${DOCUMENT}: ${number} is there twice`);
  const promised = new Set(rows);
  const areas = [...new Set(rows.map((number) => number.split("-")[0]))].join("|");
  // POOL-3 in a message, POOL3 in a name: invariant_POOL3_X.
  const citation = new RegExp(
    `(?<![A-Za-z0-9])(${areas})-?(\\d+)(?![A-Za-z0-9])|_(${areas})(\\d+)(?![A-Za-z0-9])`,
    "g",
  );
  const cited = new Set();
  for (const file of files) {
    for (const [, area, number, nameArea, nameNumber] of tests(file, isText(file) ? read(file) : "").matchAll(
      citation,
    )) {
      const promise = `${area ?? nameArea}-${number ?? nameNumber}`;
      if (!promised.has(promise) && !cited.has(promise))
        faults.push(`${file}: cites ${promise}, which ${DOCUMENT} does not have`);
      cited.add(promise);
    }
  }
  for (const number of promised) if (!cited.has(number)) faults.push(`${DOCUMENT}: no test cites ${number}`);
  return faults;
}

const isText = (file) => /\.(sol|rs|mjs)$/.test(file);
