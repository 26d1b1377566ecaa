// Lines end at column 120, where forge fmt and rustfmt break code too. What those leave longer is a literal that cannot
// be broken; comments they leave alone, and scripts have no formatter here.

const COLUMNS = 120;
const COMMENT = /^\s*(\/\/|\/?\*)/;
/** Text that cannot be broken without changing what it says: a string, a template, a pattern. */
const LITERAL = /"(\\.|[^"\\]){40,}"|'(\\.|[^'\\]){40,}'|`(\\.|[^`\\]){40,}`|\/(\\.|[^/\\]){40,}\//;

export function columns({ files, read }) {
  return files
    .filter((file) => /\.(sol|rs|mjs)$/.test(file))
    .flatMap((file) =>
      read(file)
        .split("\n")
        .map((line, i) => ({ line, number: i + 1, length: [...line].length }))
        .filter(({ line, length }) => length > COLUMNS && isOurs(file, line))
        .map(({ number, length }) => `${file}:${number}: ${length} columns; break the line at ${COLUMNS}`),
    );
}

/** Whether the line is for us to break. A table in a comment has a row in a line. */
function isOurs(file, line) {
  if (COMMENT.test(line)) return !/^\s*\S+\s+\|/.test(line);
  return file.endsWith(".mjs") && !LITERAL.test(line);
}
