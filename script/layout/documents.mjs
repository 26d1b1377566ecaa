// What documents keep to: links lead somewhere, a reader who starts at README.md comes to every page, and gas in README
// is the snapshots'.
import { dirname, join, normalize } from "node:path";

const START = "README.md";

/** Links of a document to files, as paths from the root. */
function targets(file, text) {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => ({ target, path: normalize(join(dirname(file), target)).replace(/\/$/, "") }));
}

const isPage = (file) => file.endsWith(".md");

export function links({ files, read, has }) {
  return files.filter(isPage).flatMap((file) =>
    targets(file, read(file))
      .filter(({ path }) => !has(path))
      .map(({ target }) => `${file}: the link to ${target} leads nowhere`),
  );
}

export function reachable({ files, read }) {
  const pages = new Set(files.filter(isPage));
  const reached = new Set([START]);
  // A set that grows while it is walked.
  for (const page of reached) {
    if (!pages.has(page)) continue;
    for (const { path } of targets(page, read(page))) if (pages.has(path)) reached.add(path);
  }
  return [...pages]
    .filter((page) => !reached.has(page))
    .map((page) => `${page}: no link leads there from ${START}, not even by way of other pages`);
}

/** `pools.swap_weighted2` in a line of README stands for the figure of that name, which has to be in the line. */
export function figures({ read, has }) {
  if (!has(START)) return [];
  return read(START)
    .split("\n")
    .flatMap((line) =>
      [...line.matchAll(/`([a-z]+)\.([a-z]\w+)`/g)].map(([, domain, name]) => ({ line, domain, name })),
    )
    .flatMap(({ line, domain, name }) => {
      const file = `test/snapshots/${domain}.json`;
      if (!has(file)) return [];
      const figure = JSON.parse(read(file))[name];
      if (figure === undefined) return [`${START}: ${file} has no figure ${name}`];
      const written = Number(figure).toLocaleString("en-US");
      const told = `${START}: ${domain}.${name} is ${written} in ${file}; correct the row`;
      return new RegExp(`(?<![\\d,])${written}(?![\\d,])`).test(line) ? [] : [told];
    });
}
