// What every file keeps to: the top level is fixed, sources stay short enough to read in one sitting.

const MAX_LINES = 400;
const TOP = new Set(
  (
    "contracts script test keeper abi deployments docs .ci foundry.toml Cargo.toml Cargo.lock package.json package-lock.json " +
    "Makefile README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md LICENSE .gitignore .npmrc rust-toolchain.toml rustfmt.toml clippy.toml .editorconfig"
  ).split(" "),
);

export function topLevel({ files }) {
  return files
    .filter((file) => !TOP.has(file.split("/")[0]))
    .map((file) => `${file.split("/")[0]}: not part of the top level; move it into a folder that is`);
}

export function lengths({ files, read }) {
  return files
    .filter((file) => /\.(sol|rs|mjs)$/.test(file))
    .flatMap((file) => {
      const lines = read(file).split("\n");
      // Tests beside Rust code do not count: they are read apart.
      const tests = lines.findIndex((line) => line.startsWith("#[cfg(test)]"));
      const length = file.endsWith(".rs") && tests >= 0 ? tests : lines.length - 1;
      return length > MAX_LINES ? [`${file}: ${length} lines; split it below ${MAX_LINES}`] : [];
    });
}
