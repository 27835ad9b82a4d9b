/** The words of the network's output language, and its steps. */
export const aggregates = ["max", "min", "count", "sum", "avg", "countd"] as const;
export type ProgramAggregate = (typeof aggregates)[number];
export const grains = ["day", "week", "month", "quarter", "year"] as const;
export type ProgramGrain = (typeof grains)[number];
export const comparisons = ["=", ">", "<", ">=", "<=", "!="] as const;
export const likes = ["contains", "starts", "ends", "notcontains", "notstarts", "notends"] as const;
export const setOperators = ["intersect", "union", "except"] as const;
export type SetOperator = (typeof setOperators)[number];

/** All of them. Their order is that of the trained weights: append, never insert. */
export const grammarWords = [
  "<begin>",
  "<end>",
  "select",
  "distinct",
  "*",
  ...aggregates,
  "where",
  "and",
  "or",
  ...comparisons,
  ...likes,
  "in",
  "notin",
  "between",
  "notbetween",
  "isnull",
  "notnull",
  "group",
  "having",
  "order",
  "asc",
  "desc",
  "limit",
  ...setOperators,
  "(",
  ")",
  "period",
  "versus",
  ...grains,
  "share",
  "ratio",
  "per",
] as const;

export type GrammarWord = (typeof grammarWords)[number];

export const GRAMMAR_SIZE = grammarWords.length;

const positions: ReadonlyMap<string, number> = new Map(grammarWords.map((word, at) => [word, at]));

export function grammarId(word: GrammarWord): number {
  return positions.get(word) ?? 0;
}

export const operators = [
  ...comparisons,
  ...likes,
  "in",
  "notin",
  "between",
  "notbetween",
  "isnull",
  "notnull",
  "period",
  "versus",
] as const;
export type ProgramOperator = (typeof operators)[number];

/** One step of a program: a word of the grammar, or a position among the columns, tables or values of the question. */
export type Step =
  | { readonly kind: "word"; readonly word: GrammarWord }
  | { readonly kind: "column" | "table" | "value"; readonly at: number };

export interface ItemCounts {
  readonly columns: number;
  readonly tables: number;
  readonly values: number;
}

export function stepOf(token: number, counts: ItemCounts): Step {
  const word = grammarWords[token];
  if (word !== undefined) {
    return { kind: "word", word };
  }
  const at = token - GRAMMAR_SIZE;
  if (at < counts.columns) {
    return { kind: "column", at };
  }
  return at < counts.columns + counts.tables
    ? { kind: "table", at: at - counts.columns }
    : { kind: "value", at: at - counts.columns - counts.tables };
}

export function tokenOf(step: Step, counts: ItemCounts): number {
  switch (step.kind) {
    case "word":
      return grammarId(step.word);
    case "column":
      return GRAMMAR_SIZE + step.at;
    case "table":
      return GRAMMAR_SIZE + counts.columns + step.at;
    case "value":
      return GRAMMAR_SIZE + counts.columns + counts.tables + step.at;
  }
}
