/** Words as the network sees them: the stem it may know, and hashed letter groups for those it does not. */
import { root, stem } from "../stem.ts";
import { type Token, tokenise } from "../tokens.ts";

/** Rows of the table of letter groups. */
export const GRAM_ROWS = 6_000;
const MOST_GRAMS = 16;

/** What names are shortened to, and what they mean. */
const abbreviations: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    acct: "account",
    addr: "address",
    amt: "amount",
    apt: "apartment",
    avg: "average",
    ave: "average",
    bldg: "building",
    cat: "category",
    cnt: "count",
    crs: "course",
    ctry: "country",
    cust: "customer",
    dept: "department",
    desc: "description",
    dist: "distance",
    dob: "date birth",
    emp: "employee",
    fname: "first name",
    gen: "gender",
    gov: "government",
    hrs: "hours",
    inv: "invoice",
    lang: "language",
    lat: "latitude",
    lname: "last name",
    lng: "longitude",
    long: "longitude",
    loc: "location",
    mgr: "manager",
    num: "number",
    org: "organization",
    ord: "order",
    pct: "percent",
    pop: "population",
    prod: "product",
    prof: "professor",
    qty: "quantity",
    ref: "reference",
    sec: "section",
    sem: "semester",
    stu: "student",
    tel: "telephone",
    temp: "temperature",
    tot: "total",
    univ: "university",
    yr: "year",
  }).map(([short, long]) => [short, long.split(" ")]),
);

/** Lower-case words of a name: `Song_release_year`, `surfaceArea`, `CUST_ADDR`. */
export function wordsOfName(name: string): readonly string[] {
  const parts =
    name
      .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
      .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
      .toLowerCase()
      .match(/\p{L}+|\p{N}+/gu) ?? [];
  return parts.flatMap((part) => abbreviations.get(part) ?? [part]);
}

/** What names of keys end with; hardly any word does. */
const KEY_ENDS = /^(\p{L}{3,}?)(id|no|nr|key)$/u;

/** Reads names beside each other, so that `yearid` comes apart where another name has its `year`. */
export function nameReader(names: readonly string[]): (name: string) => readonly string[] {
  const known = new Set(names.flatMap(wordsOfName));
  return (name) =>
    wordsOfName(name).flatMap((word) => {
      const [, first = "", last = ""] = KEY_ENDS.exec(word) ?? [];
      return known.has(first) ? [first, last] : [word];
    });
}

/** What two words must share to count as the same: `singers` and `singer`, `scheduled` and `schedule`. */
export function wordKey(word: string): string {
  return root(word);
}

/** The spelling under which stored values are found. */
export function valueKey(text: string): string {
  return keyOfTokens(tokenise(text));
}

export function keyOfTokens(tokens: readonly Token[]): string {
  return tokens
    .map((token) => (token.kind === "quoted" ? valueKey(token.text) : token.lower))
    .join(" ");
}

/** Rows of the letter-group table for a word: its groups of three and four letters, ends marked. */
export function gramsOf(word: string): readonly number[] {
  const text = `<${word}>`;
  const rows: number[] = [];
  for (const size of [3, 4]) {
    for (let at = 0; at + size <= text.length && rows.length < MOST_GRAMS; at += 1) {
      rows.push(hash(text, at, at + size) % GRAM_ROWS);
    }
  }
  return rows.length === 0 ? [0] : rows;
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string, from: number, to: number): number {
  let value = 0x811c9dc5;
  for (let at = from; at < to; at += 1) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return value >>> 0;
}

/** The form under which the vocabulary lists a word. */
export function vocabularyForm(word: string): string {
  return stem(word.toLowerCase());
}
