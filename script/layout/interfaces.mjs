// Interfaces carry the documentation: every parameter and every named return of every function has a line of its own,
// and a number says what it counts.

/** What a number may count. */
const UNIT =
  /\b(units?|decimals|wad|bps|basis points?|ppm|millionths|seconds|unix|time|timestamp|wei|coin|ids?|identifier|index|position|numbers?|count|flags?|bits?|mask|word|version|epochs?|nonce|shares?|levels?|xp|points|tiers?|kinds?|percent|scaled|scale|1e\d+|2\^\d+|blocks?|chain|weights?|amplification|hash|salt|score|bytes|words?|how many|signers?|signatures|members|guardians)\b/i;

const withoutComments = (source) =>
  source.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (whole) => whole.replace(/[^\n]/g, " "));

/** The comment that ends right before `index`, without its marks. */
function commentBefore(source, index) {
  const lines = source.slice(0, index).split("\n").slice(0, -1);
  const comment = [];
  if (/\*\/\s*$/.test(lines.at(-1) ?? "")) {
    do comment.unshift(lines.pop());
    while (lines.length > 0 && !/\/\*\*/.test(comment[0]));
  } else {
    while (/^\s*\/\/\//.test(lines.at(-1) ?? "")) comment.unshift(lines.pop());
  }
  return comment.map((line) => line.replace(/^\s*(\/\/\/|\/\*\*|\*\/|\*)?\s?/, "").replace(/\*\/\s*$/, "")).join("\n");
}

/** Types and names of a parameter list. */
const list = (text) =>
  text
    .split(",")
    .map((one) => one.trim().replace(/\s+/g, " "))
    .filter((one) => one !== "")
    .map((one) => {
      const words = one.split(" ").filter((word) => !["memory", "calldata", "storage", "payable"].includes(word));
      return { type: words[0], name: words[1] };
    });

function functionFaults(file, source) {
  const code = withoutComments(source);
  const faults = [];
  for (const { 1: name, 2: inputs, 3: tail, index } of code.matchAll(/\bfunction\s+(\w+)\s*\(([^)]*)\)([^;{]*)[;{]/g)) {
    const comment = commentBefore(source, source.lastIndexOf("\n", index) + 1);
    if (/@inheritdoc\b/.test(comment)) continue;
    const line = code.slice(0, index).split("\n").length;
    const tags = [...comment.matchAll(/@(param|return)\s+(\w+)?([^@]*)/g)].map(([, tag, word, rest]) => ({
      tag,
      word,
      text: `${word ?? ""}${rest}`,
    }));
    const want = (tag, { type, name: variable }, described) => {
      const what = `${file}:${line}: ${name} has no @${tag} ${variable ?? ""}`.trimEnd();
      if (!described || described.text.replace(variable ?? "", "").trim() === "") faults.push(what);
      else if (/^u?int\d*(\[|$)/.test(type) && !UNIT.test(described.text)) {
        faults.push(`${file}:${line}: ${name}: @${tag} ${variable ?? ""} does not say what it counts (its unit)`);
      }
    };
    for (const input of list(inputs)) {
      if (input.name)
        want(
          "param",
          input,
          tags.find(({ tag, word }) => tag === "param" && word === input.name),
        );
    }
    const outputs = list(tail.match(/\breturns\s*\(([^)]*)\)/)?.[1] ?? "");
    const returns = tags.filter(({ tag }) => tag === "return");
    outputs.forEach((output, i) => {
      want("return", output, output.name ? returns.find(({ word }) => word === output.name) : returns[i]);
    });
  }
  return faults;
}

export function interfaces({ files, read }) {
  const judged = files.filter((file) => /^contracts\/.*\/I[A-Z]\w*\.sol$/.test(file));
  return judged.flatMap((file) => functionFaults(file, read(file)));
}
