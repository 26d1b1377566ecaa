// Folders of keeper/src depend on one another in one direction: what a folder imports never leads back to it. A file
// beside them counts as a folder of its own; `lib.rs` and `main.rs`, which name them all, do not.

const ROOT = "keeper/src/";

/** The folder that a file is part of. */
const folder = (file) => file.slice(ROOT.length).split("/")[0].replace(/\.rs$/, "");

/** What the code of a file imports from the crate; what comments say does not count. */
function imports(text) {
  const code = text.replace(/\/\/[^\n]*/g, "");
  const single = [...code.matchAll(/\bcrate::([a-z_]+)/g)].map(([, name]) => name);
  const lists = [...code.matchAll(/\bcrate::\{((?:[^{}]|\{[^{}]*\})*)\}/g)].flatMap(([, list]) =>
    list
      .replace(/\{[^{}]*\}/g, "")
      .split(",")
      .map((part) => part.trim().split("::")[0]),
  );
  return [...single, ...lists].filter((name) => /^[a-z_]+$/.test(name));
}

export function circles({ files, read }) {
  const sources = files.filter(
    (file) => file.startsWith(ROOT) && file.endsWith(".rs") && !/^(lib|main)\.rs$/.test(file.slice(ROOT.length)),
  );
  const graph = new Map(sources.map((file) => [folder(file), new Map()]));
  for (const file of sources) {
    for (const name of imports(read(file))) {
      if (graph.has(name) && name !== folder(file) && !graph.get(folder(file)).has(name))
        graph.get(folder(file)).set(name, file);
    }
  }
  const faults = [];
  const done = new Set();
  const walk = (name, path) => {
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name];
      const by = circle.slice(1).map((next, i) => graph.get(circle[i]).get(next));
      faults.push(
        `${ROOT}: folders in a circle: ${circle.join(" -> ")} (${by.join(", ")}); move what both need below them`,
      );
      return;
    }
    if (done.has(name)) return;
    for (const next of graph.get(name).keys()) walk(next, [...path, name]);
    done.add(name);
  };
  for (const name of graph.keys()) walk(name, []);
  return faults;
}
