/** Pairs of words, read from a list that keeps each pair once. */

export interface NearWords {
  areNear(left: string, right: string): boolean;
}

/**
 * @param text One word a line in alphabetical order, with the later words that are near it: `word step step`, each step
 * in hexadecimal, the first from the word's own line, the others from the one before.
 */
export function readNearWords(text: string): NearWords {
  const lines = text === "" ? [] : text.trimEnd().split("\n");
  const lineOf = new Map(lines.map((line, at) => [line.split(" ", 1)[0] ?? "", at]));
  // Few are ever asked for, and all of them together take twelve megabytes.
  const decoded = new Map<number, ReadonlySet<number>>();
  const laterThan = (at: number): ReadonlySet<number> => {
    const known = decoded.get(at) ?? placesIn(lines[at] ?? "", at);
    decoded.set(at, known);
    return known;
  };
  return {
    areNear: (left, right) => {
      const one = lineOf.get(left);
      const other = lineOf.get(right);
      return (
        one !== undefined &&
        other !== undefined &&
        laterThan(Math.min(one, other)).has(Math.max(one, other))
      );
    },
  };
}

function placesIn(line: string, at: number): ReadonlySet<number> {
  const places = new Set<number>();
  let place = at;
  for (const step of line.split(" ").slice(1)) {
    place += Number.parseInt(step, 16);
    places.add(place);
  }
  return places;
}
