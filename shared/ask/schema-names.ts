/** Derives from an identifier, a comment or a stored value the phrases that people use for it. */
import type { ColumnInfo, TableInfo } from "../sources/ports.ts";
import { functionWords, synonymGroups, valueSynonymGroups } from "./lexicon.ts";
import { stem } from "./stem.ts";
import { stemsOf } from "./tokens.ts";

export interface Phrase {
  readonly words: readonly string[];
  /** 0 … 1, see `Candidate`. */
  readonly quality: number;
}

const tablePrefixes: ReadonlySet<string> = new Set(["tbl", "dim", "fact", "stg", "vw", "v", "t"]);
const columnPrefixes: ReadonlySet<string> = new Set(["is", "has"]);
const columnSuffixes: ReadonlySet<string> = new Set(
  "at on date time timestamp ts id ms second minute hour day usd eur for code".split(" "),
);
/** Parts of names that say too little alone. */
const vagueParts: ReadonlySet<string> = new Set([
  ...columnPrefixes,
  ...columnSuffixes,
  "number",
  "name",
  "by",
  "type",
  "first",
  "last",
]);

type Synonyms = ReadonlyMap<string, readonly (readonly string[])[]>;

const nameSynonyms = indexSynonyms([...synonymGroups, ["discontinued", "retired"]]);
const valueSynonyms = indexSynonyms(valueSynonymGroups);

/** All phrases a table goes by, from its name and from a comment that spells the name out (`Support tickets`). */
export function tablePhrases(table: TableInfo): readonly Phrase[] {
  const words = stemsOf(table.name);
  const bare = tablePrefixes.has(words[0] ?? "") ? words.slice(1) : words;
  const phrases: Phrase[] = [
    { words, quality: 1 },
    { words: bare, quality: 0.97 },
  ];
  if (bare.length > 1) {
    phrases.push({ words: bare.slice(-1), quality: 0.78 });
  }
  const comment = stemsOf(table.comment ?? "");
  comment.forEach((word, at) => {
    const before = comment[at - 1];
    if (
      word === bare.at(-1) &&
      bare.length === 1 &&
      before !== undefined &&
      !functionWords.has(before)
    ) {
      phrases.push({ words: [before, word], quality: 0.95 });
    }
  });
  return phrases;
}

/** A column's own name, the name without what only marks its type, and the telling words in it. */
export function columnPhrases(
  column: ColumnInfo,
  isKey: boolean,
  references: TableInfo | undefined,
): readonly Phrase[] {
  const words = stemsOf(column.name);
  const phrases: Phrase[] = [{ words, quality: 1 }];
  if (isKey) {
    return [...phrases, { words: ["id"], quality: 0.9 }];
  }
  const bare = strip(words);
  const target = stemsOf(references?.name ?? "").join(" ");
  if (bare.join(" ") !== target) {
    phrases.push({ words: bare, quality: references === undefined ? 0.96 : 0.85 });
  }
  if (bare.length > 1 && references === undefined) {
    const total = bare.includes("total") ? 0.06 : 0;
    for (const word of bare.filter((one) => !vagueParts.has(one) && one !== "total")) {
      phrases.push({ words: [word], quality: 0.76 + total });
    }
  }
  return phrases;
}

/** What the semantic model calls a thing is as good as its name. */
export function synonymPhrases(synonyms: readonly string[] | undefined): readonly Phrase[] {
  return (synonyms ?? []).map((one) => ({ words: stemsOf(one), quality: 1 }));
}

/** A value of more words is a name, which nobody puts in other words. */
const mostWordsOfState = 3;

/** `words` are the value's stems. */
export function valuePhrases(words: readonly string[]): readonly Phrase[] {
  const phrase: Phrase = { words, quality: 1 };
  return words.length > mostWordsOfState
    ? [phrase]
    : [phrase, ...inOtherWords(phrase, valueSynonyms)];
}

/** Content words of a comment: weak evidence, the first word (`Revenue of the order`) stronger. */
export function commentWords(comment: string | undefined): readonly Phrase[] {
  const words = stemsOf(comment ?? "").filter(
    (word) => word.length > 2 && !functionWords.has(word) && !vagueParts.has(word),
  );
  return words.slice(0, 12).map((word, at) => ({ words: [word], quality: at === 0 ? 0.74 : 0.6 }));
}

/** The phrases given and those with one part put in other words. */
export function withSynonyms(phrases: readonly Phrase[]): readonly Phrase[] {
  return phrases.flatMap((phrase) => [phrase, ...inOtherWords(phrase, nameSynonyms)]);
}

function inOtherWords(phrase: Phrase, synonymsOf: Synonyms): readonly Phrase[] {
  const others: Phrase[] = [];
  const { words } = phrase;
  for (let start = 0; start < words.length; start += 1) {
    for (let end = words.length; end > start; end -= 1) {
      for (const other of synonymsOf.get(words.slice(start, end).join(" ")) ?? []) {
        others.push({
          words: [...words.slice(0, start), ...other, ...words.slice(end)],
          quality: phrase.quality * 0.92,
        });
      }
    }
  }
  return others;
}

function strip(words: readonly string[]): readonly string[] {
  const start = columnPrefixes.has(words[0] ?? "") && words.length > 1 ? 1 : 0;
  let end = words.length;
  while (end - start > 1 && columnSuffixes.has(words[end - 1] ?? "")) {
    end -= 1;
  }
  return words.slice(start, end);
}

function indexSynonyms(groups: readonly (readonly string[])[]): Synonyms {
  const index = new Map<string, (readonly string[])[]>();
  for (const group of groups) {
    const stemmed = group.map((phrase) => phrase.split(" ").map(stem));
    for (const own of stemmed) {
      const key = own.join(" ");
      index.set(key, [...(index.get(key) ?? []), ...stemmed.filter((other) => other !== own)]);
    }
  }
  return index;
}
