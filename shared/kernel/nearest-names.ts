/** The names most like one that was not found, and the sentence that offers them. */

const MOST_NAMES = 3;
const LONGEST = 64;

/** `There is no table oders. The nearest: orders.` */
export function thereIsNo(kind: string, name: string, known: readonly string[]): string {
  const nearest = nearestNames(name, known);
  const hint = nearest.length === 0 ? "" : ` The nearest: ${nearest.join(", ")}.`;
  return `There is no ${kind} ${name}.${hint}`;
}

/** Fewest edits first, qualifiers apart; none that needs more than half of the letters changed. */
export function nearestNames(wanted: string, names: readonly string[]): readonly string[] {
  const from = bare(wanted);
  return names
    .map((name) => {
      const to = bare(name);
      return { name, edits: distance(from, to), most: Math.max(from.length, to.length) / 2 };
    })
    .filter(({ edits, most }) => edits <= most)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name);
}

const bare = (name: string): string =>
  name
    .slice(name.lastIndexOf(".") + 1)
    .toLowerCase()
    .slice(0, LONGEST);

/** Levenshtein's, row by row. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
