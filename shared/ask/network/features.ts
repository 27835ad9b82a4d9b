/** What the network is fed: every token, column, table and value as words and flags, and how each relates to each. */
import { functionWords } from "../lexicon.ts";
import { stemsOf, type Token } from "../tokens.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import type { NameLinks } from "./link-names.ts";
import { relation } from "./relations.ts";
import { gramsOf, vocabularyForm, wordKey } from "./words.ts";

/** Flags an item. Tokens use the first, then columns, tables and values. */
export const FLAGS = 40;
const COLUMN_FLAGS = 9;
const TABLE_FLAGS = 25;
const VALUE_FLAGS = 32;

/** Where the flags of `flagSchema` lie that others read. */
export const schemaFlag = {
  columnShare: COLUMN_FLAGS,
  columnLoose: COLUMN_FLAGS + 3,
  tableWhole: TABLE_FLAGS + 1,
  tableLoose: TABLE_FLAGS + 2,
} as const;

const MOST_WORDS = 5;

export interface Features {
  readonly questions: number;
  readonly columns: number;
  readonly tables: number;
  readonly values: number;
  /** By item: its words. */
  readonly words: readonly (readonly FeatureWord[])[];
  /** items × items; row relates to column. */
  readonly relations: Uint8Array;
  /** items × FLAGS. */
  readonly flags: Float32Array;
}

export interface FeatureWord {
  readonly form: string;
  readonly grams: readonly number[];
}

export interface FeatureInput {
  readonly tokens: readonly Token[];
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** Of these tokens with this graph. */
  readonly links: NameLinks;
}

export function featuresOf(input: FeatureInput): Features {
  const { tokens, graph, candidates, links } = input;
  const questions = tokens.length;
  const columns = graph.columns.length;
  const tables = graph.tables.length;
  const values = candidates.length;
  const items = questions + columns + tables + values;
  const flags = new Float32Array(items * FLAGS);
  const relations = new Uint8Array(items * items);
  const at = { column: questions, table: questions + columns, value: questions + columns + tables };
  relateQuestion(relations, items, questions);
  relateNames(relations, items, at, links, questions);
  relateSchema(relations, items, at, graph);
  relateValues(relations, items, at, input);
  flagTokens(flags, input);
  flagSchema(flags, at, input);
  flagValues(flags, at.value, candidates);
  const words = [
    ...tokens.map((token) => (token.kind === "quoted" ? stemsOf(token.text) : [token.lower])),
    ...graph.columns.map((column) => column.words),
    ...graph.tables.map((table) => table.words),
    ...candidates.map((candidate) => stemsOf(candidate.text)),
  ].map((own) => (own.length === 0 ? ["x"] : own.slice(0, MOST_WORDS)).map(featureWord));
  return { questions, columns, tables, values, words, relations, flags };
}

const seen = new Map<string, FeatureWord>();
const MOST_SEEN = 50_000;

function featureWord(word: string): FeatureWord {
  const known = seen.get(word);
  if (known !== undefined) {
    return known;
  }
  const lower = word.toLowerCase();
  const made = { form: vocabularyForm(lower), grams: gramsOf(lower) };
  if (seen.size >= MOST_SEEN) {
    seen.clear();
  }
  seen.set(word, made);
  return made;
}

interface Starts {
  readonly column: number;
  readonly table: number;
  readonly value: number;
}

function relateQuestion(relations: Uint8Array, items: number, questions: number): void {
  for (let row = 0; row < questions; row += 1) {
    for (let column = 0; column < questions; column += 1) {
      relations[row * items + column] = relation.near + Math.max(-2, Math.min(2, column - row));
    }
  }
}

function relateNames(
  relations: Uint8Array,
  items: number,
  at: Starts,
  links: NameLinks,
  questions: number,
): void {
  const relate = (
    strengths: readonly (readonly number[])[],
    start: number,
    there: number,
    back: number,
    none: readonly [number, number],
  ): void => {
    strengths.forEach((own, item) => {
      for (let token = 0; token < questions; token += 1) {
        const strength = own[token] ?? -1;
        const node = start + item;
        relations[token * items + node] = strength < 0 ? none[0] : there + strength;
        relations[node * items + token] = strength < 0 ? none[1] : back + strength;
      }
    });
  };
  relate(links.columns, at.column, relation.questionColumn, relation.columnQuestion, [
    relation.questionColumnNone,
    relation.columnQuestionNone,
  ]);
  relate(links.tables, at.table, relation.questionTable, relation.tableQuestion, [
    relation.questionTableNone,
    relation.tableQuestionNone,
  ]);
}

function relateSchema(relations: Uint8Array, items: number, at: Starts, graph: SchemaGraph): void {
  const set = (row: number, column: number, kind: number): void => {
    relations[row * items + column] = kind;
  };
  const { columns, tables, links } = graph;
  columns.forEach((left, row) => {
    columns.forEach((right, column) => {
      const own = left.table === right.table ? relation.sameTable : relation.otherTable;
      const twin = own === relation.otherTable && left.info.name === right.info.name;
      set(at.column + row, at.column + column, twin ? relation.sameName : own);
    });
    set(at.column + row, at.column + row, relation.columnSelf);
    tables.forEach((_, table) => {
      const own = left.table === table;
      const key = own && left.primaryKey;
      set(
        at.column + row,
        at.table + table,
        key ? relation.keyOwnTable : own ? relation.columnOwnTable : relation.columnOtherTable,
      );
      set(
        at.table + table,
        at.column + row,
        key ? relation.tableOwnKey : own ? relation.tableOwnColumn : relation.tableOtherColumn,
      );
    });
  });
  tables.forEach((_, row) => {
    tables.forEach((__, column) => {
      set(at.table + row, at.table + column, relation.tableNone);
    });
  });
  for (const [from, to] of links) {
    set(at.column + from, at.column + to, relation.refersTo);
    set(at.column + to, at.column + from, relation.referredBy);
    const [child, parent] = [columns[from]?.table ?? 0, columns[to]?.table ?? 0];
    set(at.table + child, at.table + parent, relation.tableRefersTo);
    set(at.table + parent, at.table + child, relation.tableReferredBy);
  }
  tables.forEach((_, row) => {
    set(at.table + row, at.table + row, relation.tableSelf);
  });
}

function relateValues(
  relations: Uint8Array,
  items: number,
  at: Starts,
  { tokens, graph, candidates }: FeatureInput,
): void {
  const set = (row: number, column: number, kind: number): void => {
    relations[row * items + column] = kind;
  };
  candidates.forEach((candidate, index) => {
    const value = at.value + index;
    tokens.forEach((_, token) => {
      const own = token >= candidate.start && token < candidate.end;
      set(value, token, own ? relation.valueItsToken : relation.valueQuestion);
      set(token, value, own ? relation.tokenItsValue : relation.questionValue);
    });
    graph.columns.forEach((column, position) => {
      const node = at.column + position;
      const [there, back] = valueRelation(candidate, column.kind, candidate.stored.has(position));
      set(value, node, there);
      set(node, value, back);
      if (candidate.stored.has(position)) {
        for (let token = Math.max(0, candidate.start); token < candidate.end; token += 1) {
          set(token, node, relation.tokenStoredIn);
          set(node, token, relation.storesToken);
        }
      }
    });
    graph.tables.forEach((_, table) => {
      set(value, at.table + table, relation.valueTable);
      set(at.table + table, value, relation.tableValue);
    });
    candidates.forEach((_, other) => {
      set(value, at.value + other, other === index ? relation.valueSelf : relation.valueValue);
    });
  });
}

function valueRelation(
  candidate: ValueCandidate,
  kind: string,
  stored: boolean,
): readonly [there: number, back: number] {
  if (stored) {
    return [relation.valueStoredIn, relation.storesValue];
  }
  if (candidate.kind === "period" && kind === "time") {
    return [relation.periodTimeColumn, relation.timeColumnPeriod];
  }
  return candidate.kind === "number" && (kind === "number" || kind === "time")
    ? [relation.valueNumberColumn, relation.numberColumnValue]
    : [relation.valueColumn, relation.columnValue];
}

function flagTokens(flags: Float32Array, { tokens, candidates, links }: FeatureInput): void {
  const any = (strengths: readonly (readonly number[])[], token: number): boolean =>
    strengths.some((own) => (own[token] ?? -1) > 1);
  tokens.forEach((token, at) => {
    const inside = candidates.filter((one) => at >= one.start && at < one.end);
    raise(flags, at, [
      any(links.columns, at),
      any(links.tables, at),
      inside.length > 0,
      functionWords.has(token.lower),
      token.kind === "number",
      token.kind === "quoted",
      inside.some((one) => one.kind === "period"),
      /^\p{Lu}/u.test(token.text),
      inside.some((one) => one.stored.size > 0),
    ]);
  });
}

function flagSchema(
  flags: Float32Array,
  at: Starts,
  { graph, candidates, links }: FeatureInput,
): void {
  const hit = new Set(candidates.flatMap((one) => [...one.stored.keys()]));
  graph.columns.forEach((column, position) => {
    const own = links.columnShares[position];
    const table = links.tableShares[column.table];
    raise(
      flags,
      at.column + position,
      [
        own?.share ?? 0,
        own?.whole === true,
        (own?.share ?? 0) > 0,
        own?.loose ?? 0,
        column.primaryKey,
        column.foreignKey,
        column.kind === "number",
        column.kind === "text",
        column.kind === "time",
        column.kind === "boolean",
        hit.has(position),
        column.categorical,
        table?.share ?? 0,
        own?.whole === true && (table?.share ?? 0) > 0,
        table?.loose ?? 0,
        wordKey(column.words.at(-1) ?? "") === wordKey("name"),
      ],
      COLUMN_FLAGS,
    );
  });
  graph.tables.forEach((table, position) => {
    const own = links.tableShares[position];
    raise(
      flags,
      at.table + position,
      [
        own?.share ?? 0,
        own?.whole === true,
        own?.loose ?? 0,
        table.columns.some((one) => hit.has(one)),
        table.columns.some((one) => links.columnShares[one]?.whole === true),
        table.info.primaryKey.length > 1,
      ],
      TABLE_FLAGS,
    );
  });
}

function flagValues(
  flags: Float32Array,
  start: number,
  candidates: readonly ValueCandidate[],
): void {
  candidates.forEach((one, at) => {
    raise(
      flags,
      start + at,
      [
        one.kind === "text",
        one.kind === "number",
        one.kind === "one",
        one.stored.size > 0,
        one.kind === "period",
        one.stored.size > 1,
      ],
      VALUE_FLAGS,
    );
  });
}

function raise(
  flags: Float32Array,
  item: number,
  own: readonly (boolean | number)[],
  offset = 0,
): void {
  own.forEach((flag, at) => {
    flags[item * FLAGS + offset + at] = Number(flag);
  });
}
