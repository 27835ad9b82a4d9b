/** Names as they stand in a statement's text, and the words that they are made of. */

const PART = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;
const NAME = new RegExp(String.raw`${PART}(?:\s*\.\s*${PART})*`, "uy");
const LAST = new RegExp(`${PART}$`, "u");

export interface WrittenName {
  /** The last part, without quotes. */
  readonly name: string;
  readonly quoted: boolean;
}

/** The name that begins at this character (UTF-16 units), `c.name` as one; null where none does. */
export function identifierAt(sql: string, start: number): WrittenName | null {
  NAME.lastIndex = start;
  const last = LAST.exec(NAME.exec(sql)?.[0] ?? "")?.[0];
  if (last === undefined) return null;
  return last.startsWith('"')
    ? { name: last.slice(1, -1).replaceAll('""', '"'), quoted: true }
    : { name: last, quoted: false };
}

/** Where a name begins wherever it stands as a word of its own, whatever its case. */
export function placesOf(sql: string, name: string): number[] {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const word = new RegExp(String.raw`(?<![\p{L}\p{N}_$])${escaped}(?![\p{L}\p{N}_$])`, "giu");
  return [...sql.matchAll(word)].map(({ index }) => index);
}

/** A name that means this and nothing else, whatever it holds. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `order_items` as people say it. */
export const inWords = (name: string): string => name.replaceAll("_", " ");

/** `shippedAt_utc` → shipped, at, utc. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
