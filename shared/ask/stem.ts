/** Brings inflected English words to one form: `stem` undoes plurals, `root` also undoes verb and noun endings. */

const irregular: ReadonlyMap<string, string> = new Map([
  ["people", "person"],
  ["children", "child"],
  ["men", "man"],
  ["women", "woman"],
  ["indices", "index"],
  ["analyses", "analysis"],
  ["statuses", "status"],
  ["data", "data"],
  ["media", "media"],
  ["news", "news"],
  ["series", "series"],
  ["this", "this"],
  ["has", "has"],
  ["was", "was"],
  ["does", "does"],
  ["yes", "yes"],
  ["canceled", "cancelled"],
  ["movies", "movie"],
  ["dies", "die"],
]);

/** Singular of a lower-case word. */
export function stem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) {
    return known;
  }
  if (word.length <= 3 || !word.endsWith("s") || /(ss|us|is)$/.test(word)) {
    return word;
  }
  if (word.endsWith("ies")) {
    return `${word.slice(0, -3)}y`;
  }
  return /(ss|x|ch|sh|zz)es$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}

const endings = [
  "ations",
  "ation",
  "ments",
  "ment",
  "ions",
  "ion",
  "ing",
  "ings",
  "ed",
  "es",
  "ers",
  "er",
  "ee",
  "ly",
];

/** A coarser form that `scheduled`, `scheduling` and `schedule` share; only for words that `stem` did not match. */
export function root(word: string): string {
  let base = stem(word);
  for (let round = 0; round < 3; round += 1) {
    const shorter = withoutEnding(base);
    if (shorter === base) {
      break;
    }
    base = shorter;
  }
  return trim(base);
}

function withoutEnding(base: string): string {
  for (const ending of endings) {
    if (base.endsWith(ending) && base.length - ending.length >= 3) {
      return trim(base.slice(0, -ending.length));
    }
  }
  return base;
}

function trim(base: string): string {
  const single = base.replace(/([bdgklmnprt])\1$/, "$1");
  return single.length > 3 ? single.replace(/(e|i|y)$/, "") : single;
}
