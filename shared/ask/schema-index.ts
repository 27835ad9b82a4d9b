/** What a schema calls things: every phrase that may name one of its tables, columns or values, built once per schema. */
import type { ColumnInfo, SourceSchema, TableInfo } from "../sources/ports.ts";
import { isTime } from "./column-kinds.ts";
import { functionWords } from "./lexicon.ts";
import type { AskSemantics, NamedFilter, SemanticMetric } from "./ports.ts";
import {
  columnPhrases,
  commentWords,
  type Phrase,
  synonymPhrases,
  tablePhrases,
  valuePhrases,
  withSynonyms,
} from "./schema-names.ts";
import { root } from "./stem.ts";
import { stemsOf } from "./tokens.ts";

export type Target =
  | { readonly kind: "table"; readonly table: number }
  | { readonly kind: "column"; readonly table: number; readonly column: number }
  | {
      readonly kind: "value";
      readonly table: number;
      readonly column: number;
      readonly value: string;
    }
  | { readonly kind: "metric"; readonly table: number; readonly metric: SemanticMetric }
  | { readonly kind: "named"; readonly table: number; readonly filter: NamedFilter };

export interface Candidate {
  readonly target: Target;
  /** 0 … 1: how surely the phrase names the target. */
  readonly quality: number;
}

export interface SchemaIndex {
  readonly tables: readonly TableInfo[];
  /** Keys are stems joined by blanks. */
  readonly phrases: ReadonlyMap<string, readonly Candidate[]>;
  readonly roots: ReadonlyMap<string, readonly Candidate[]>;
  /** Single words that name something, for misspellings. */
  readonly vocabulary: readonly string[];
}

const cache = new WeakMap<SourceSchema, WeakMap<object, SchemaIndex>>();
const maxValueLength = 60;
const noSemantics: AskSemantics = { version: "", metrics: [], filters: [] };
/** A definition wins over a column or value of the same name: further than a tie, and still within reach of it. */
const defined = 1.049;

export function indexSchema(schema: SourceSchema, semantics = noSemantics): SchemaIndex {
  const bySemantics = cache.get(schema) ?? new WeakMap<object, SchemaIndex>();
  cache.set(schema, bySemantics);
  const index = bySemantics.get(semantics) ?? buildIndex(schema.tables, semantics);
  bySemantics.set(semantics, index);
  return index;
}

/** Candidates in the order in which they were found. All that is added for one target is added in one go. */
type Entries = Map<string, Candidate[]>;

function buildIndex(tables: readonly TableInfo[], semantics: AskSemantics): SchemaIndex {
  const phrases: Entries = new Map();
  tables.forEach((table, at) => {
    addTable(phrases, table, at, tables);
    addDefinitions(phrases, table, at, semantics);
  });
  const vocabulary: string[] = [];
  for (const [phrase, found] of phrases) {
    sortByQuality(found);
    if (!phrase.includes(" ") && phrase.length >= 5 && (found[0]?.quality ?? 0) > 0.7) {
      vocabulary.push(phrase);
    }
  }
  return { tables, phrases, roots: rootsOf(phrases), vocabulary };
}

function rootsOf(phrases: Entries): ReadonlyMap<string, readonly Candidate[]> {
  const roots: Entries = new Map();
  const known = new Map<string, string>();
  const rootOf = (word: string): string => {
    const before = known.get(word);
    const found = before ?? root(word);
    if (before === undefined) {
      known.set(word, found);
    }
    return found;
  };
  const shared = new Set<string>();
  for (const [phrase, candidates] of phrases) {
    const key = phrase.includes(" ") ? phrase.split(" ").map(rootOf).join(" ") : rootOf(phrase);
    const before = roots.get(key);
    const own = candidates.map(({ target, quality }) => ({ target, quality: quality * 0.92 }));
    if (before === undefined) {
      roots.set(key, own);
    } else {
      before.push(...own);
      shared.add(key);
    }
  }
  for (const key of shared) {
    roots.set(key, bestOfEach(roots.get(key) ?? []));
  }
  return roots;
}

/** Several phrases of one target may have the same roots. */
function bestOfEach(candidates: readonly Candidate[]): Candidate[] {
  const best = new Map<Target, Candidate>();
  for (const candidate of candidates) {
    if ((best.get(candidate.target)?.quality ?? 0) < candidate.quality) {
      best.set(candidate.target, candidate);
    }
  }
  return sortByQuality([...best.values()]);
}

function addTable(
  entries: Entries,
  table: TableInfo,
  at: number,
  tables: readonly TableInfo[],
): void {
  const names = [...withSynonyms(tablePhrases(table)), ...synonymPhrases(table.synonyms)];
  const target: Target = { kind: "table", table: at };
  addAll(entries, names, target);
  addAll(entries, commentWords(table.comment), target);
  const singular = stemsOf(table.name);
  table.columns.forEach((column, columnAt) => {
    const isKey = table.primaryKey.length === 1 && table.primaryKey[0] === column.name;
    const columnNames = [
      ...withSynonyms(columnPhrases(column, isKey, referencedBy(table, column, tables))),
      ...synonymPhrases(column.synonyms),
    ];
    const columnTarget: Target = { kind: "column", table: at, column: columnAt };
    addAll(entries, columnNames, columnTarget);
    // `customers churned` is a table and its verb, not one name.
    const nouns = isTime(column)
      ? columnNames.filter((one) => !/ed$/.test(one.words.at(-1) ?? ""))
      : columnNames;
    addAll(entries, qualified(singular, nouns), columnTarget);
    addAll(entries, commentWords(column.comment), columnTarget);
    const named = new Map(column.namedValues?.map((one) => [one.value, one.synonyms]));
    for (const value of new Set([...(column.values ?? []), ...named.keys()])) {
      const valueTarget: Target = { kind: "value", table: at, column: columnAt, value };
      addValue(entries, value, valueTarget);
      addAll(entries, synonymPhrases(named.get(value)), valueTarget);
    }
  });
}

/** `active customers` is known as `active`, which the table's own name may follow or not. */
function addDefinitions(
  entries: Entries,
  table: TableInfo,
  at: number,
  { metrics, filters }: AskSemantics,
): void {
  const isOwn = (one: SemanticMetric | NamedFilter) =>
    one.table.schema === table.schema && one.table.name === table.name;
  for (const metric of metrics.filter(isOwn)) {
    const target: Target = { kind: "metric", table: at, metric };
    for (const { words } of synonymPhrases([metric.name, ...metric.synonyms])) {
      add(entries, words.join(" "), target, defined);
    }
  }
  const nouns = [...tablePhrases(table), ...synonymPhrases(table.synonyms)].map(({ words }) =>
    words.join(" "),
  );
  for (const filter of filters.filter(isOwn)) {
    const target: Target = { kind: "named", table: at, filter };
    for (const { words } of synonymPhrases([filter.name, ...filter.synonyms])) {
      const phrase = words.join(" ");
      const noun = nouns.find((one) => phrase.endsWith(` ${one}`));
      const bare = noun === undefined ? phrase : phrase.slice(0, -noun.length - 1);
      add(entries, bare, target, defined);
    }
  }
}

function addValue(entries: Entries, value: string, target: Target): void {
  const words = stemsOf(value);
  const meaningful = words.some((word) => !functionWords.has(word) && !/^\d$/.test(word));
  if (value.length <= maxValueLength && meaningful) {
    addAll(entries, valuePhrases(words), target);
  }
}

/** `order status` names the column `status` of `orders`. */
function qualified(table: readonly string[], phrases: readonly Phrase[]): readonly Phrase[] {
  return phrases.map((phrase) => ({
    words: [...table, ...phrase.words],
    quality: Math.min(1, phrase.quality + 0.02),
  }));
}

function referencedBy(
  table: TableInfo,
  column: ColumnInfo,
  tables: readonly TableInfo[],
): TableInfo | undefined {
  const key = table.foreignKeys.find(
    (one) => one.columns.length === 1 && one.columns[0] === column.name,
  );
  return key === undefined
    ? undefined
    : tables.find(
        (one) => one.schema === key.references.schema && one.name === key.references.table,
      );
}

function addAll(entries: Entries, phrases: readonly Phrase[], target: Target): void {
  for (const phrase of phrases) {
    add(entries, phrase.words.join(" "), target, phrase.quality);
  }
}

function add(entries: Entries, phrase: string, target: Target, quality: number): void {
  if (phrase === "") {
    return;
  }
  const found = entries.get(phrase);
  const last = found?.at(-1);
  if (found === undefined) {
    entries.set(phrase, [{ target, quality }]);
  } else if (last?.target !== target) {
    found.push({ target, quality });
  } else if (last.quality < quality) {
    found[found.length - 1] = { target, quality };
  }
}

function sortByQuality(found: Candidate[]): Candidate[] {
  return found.length === 1 ? found : found.sort((left, right) => right.quality - left.quality);
}
