// How many tests passed and failed, by what each runner prints at its end.

/** Sums of the closing lines of forge's suites. */
export function countForge(text) {
  let [passed, failed] = [0, 0];
  for (const [, p, f] of text.matchAll(/Suite result: \w+\. (\d+) passed; (\d+) failed/g)) {
    passed += Number(p);
    failed += Number(f);
  }
  return { passed, failed };
}

export function countNextest(text) {
  const [, line = ""] = text.match(/Summary \[[^\]]*\] .*?tests? run: (.*)/) ?? [];
  const of = (word) => Number(line.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  const flaky = [...new Set([...text.matchAll(/^\s*FLAKY .*?\) (\S+ \S+)$/gm)].map(([, name]) => name))];
  return { passed: of("passed"), failed: of("failed") + of("timed out"), flaky };
}

export function countNode(text) {
  const of = (word) => Number(text.match(new RegExp(`^# ${word} (\\d+)$`, "m"))?.[1] ?? 0);
  return { passed: of("pass"), failed: of("fail") + of("cancelled") };
}
