// Compares findings with the committed list. An entry of the list is one reason for one detector in the places that it
// holds for:
// { "detector": "timestamp", "reason": "...", "in": ["Contract.function", "Other.function x2"] }

/** Places with how often each is there, as the list writes them. */
function counted(places) {
  const counts = new Map();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  return [...counts].map(([place, count]) => (count > 1 ? `${place} x${count}` : place)).sort();
}

/** Findings by detector: what the list would have to say. */
export function places(found) {
  const sorted = [...groups(found)].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([detector, all]) => [detector, counted(all.map(({ place }) => place))]));
}

function groups(found) {
  const byDetector = new Map();
  for (const one of found) byDetector.set(one.detector, [...(byDetector.get(one.detector) ?? []), one]);
  return byDetector;
}

/** What is found and not listed, what is listed and not found, and what is wrong with the list itself. */
export function compare(found, list) {
  const now = places(found);
  const isFound = (detector, place) => now.get(detector)?.includes(place);
  const fresh = [...now].flatMap(([detector, all]) =>
    all
      .filter((place) => !list.some((entry) => entry.detector === detector && entry.in.includes(place)))
      .map((place) => `${detector}: ${place}`),
  );
  const stale = list.flatMap((entry) =>
    entry.in.filter((place) => !isFound(entry.detector, place)).map((place) => `${entry.detector}: ${place}`),
  );
  const listed = list.flatMap((entry) => entry.in.map((place) => `${entry.detector}: ${place}`));
  const wrong = [
    ...listed.filter((one, i) => listed.indexOf(one) < i).map((one) => `${one} is listed twice`),
    ...list
      .filter(({ reason }) => !/\w+(\s+\S+){5,}/.test(reason ?? ""))
      .map((entry) => `${entry.detector}: ${entry.in[0]} has no reason`),
    ...list.filter((entry) => entry.in.length === 0).map((entry) => `${entry.detector}: a reason without a place`),
  ];
  return { fresh, stale, wrong };
}
