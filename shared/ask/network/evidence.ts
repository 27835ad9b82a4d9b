/** What speaks for and against a proposal besides its probability: names it leaves unsaid, words it leaves unused. */
import { functionWords } from "../lexicon.ts";
import type { Item, Joined, Operand, Program, Term } from "./program.ts";
import type { Proposal, QuestionReading } from "./question-network.ts";
import { relation } from "./relations.ts";

/** Everything of the question and the schema that a program, with all its nested queries, makes use of. */
export interface Uses {
  readonly tables: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
  readonly values: readonly number[];
  /** Comparisons of a column with a value. */
  readonly compared: readonly (readonly [column: number, value: number])[];
  readonly queries: number;
  readonly conditions: number;
  readonly selected: number;
}

export function usesOf(program: Program): Uses {
  const tables = new Set<number>();
  const columns = new Set<number>();
  const values: number[] = [];
  const compared: [number, number][] = [];
  let queries = 0;
  let conditions = 0;
  const term = (one: Term): void => {
    if (one.column !== "*") {
      columns.add(one.column);
    }
  };
  const operand = (left: Term, one: Operand): void => {
    if (one.kind === "query") {
      visit(one.query);
    } else if (one.kind === "column") {
      columns.add(one.column);
    } else {
      values.push(...one.values);
      if (left.column !== "*" && left.aggregate === undefined) {
        compared.push(...one.values.map((at): [number, number] => [left.column as number, at]));
      }
    }
  };
  const joined = (all: readonly Joined[]): void => {
    for (const { condition } of all) {
      conditions += 1;
      term(condition.term);
      operand(condition.term, condition.operand);
    }
  };
  const item = (one: Item): void => {
    switch (one.kind) {
      case "term":
      case "share_of_total":
        term(one.term);
        break;
      case "ratio":
        term(one.over);
        term(one.under);
        break;
      case "count_where":
      case "share_where":
        joined([{ joiner: "and", condition: one.condition }]);
    }
  };
  const visit = (one: Program): void => {
    queries += 1;
    for (const table of one.tables) {
      tables.add(table);
    }
    one.select.forEach(item);
    joined(one.where);
    one.group.forEach(term);
    joined(one.having);
    one.order.forEach(term);
    if (one.limit !== undefined) {
      values.push(one.limit);
    }
    if (one.per !== undefined) {
      columns.add(one.per);
    }
    if (one.set !== undefined) {
      visit(one.set.query);
    }
  };
  visit(program);
  return {
    tables,
    columns,
    values,
    compared,
    queries,
    conditions,
    selected: program.select.length,
  };
}

/** The words of the question that name nothing the program uses and mean nothing by themselves. */
export function unusedWords(reading: QuestionReading, uses: Uses): readonly number[] {
  const { tokens, features, candidates, graph } = reading;
  const used = new Set<number>();
  for (const at of uses.values) {
    const value = candidates[at];
    for (let token = value?.start ?? 0; token < (value?.end ?? 0); token += 1) {
      used.add(token);
    }
  }
  const columnStart = features.questions;
  const tableStart = columnStart + graph.columns.length;
  const nodes = [
    ...[...uses.columns].map((at) => columnStart + at),
    ...[...uses.tables].map((at) => tableStart + at),
  ];
  return tokens.flatMap((token, at) => {
    if (token.kind !== "word" || functionWords.has(token.lower) || used.has(at)) {
      return [];
    }
    const linked = nodes.some((node) => isNamed(relationAt(reading, at, node)));
    return linked || isOperatorWord(token.lower) ? [] : [at];
  });
}

/** Whether any name of the schema, or a value, meets the word. */
export function isKnownWord(reading: QuestionReading, token: number): boolean {
  const { features, candidates } = reading;
  if (candidates.some((one) => token >= one.start && token < one.end && one.stored.size > 0)) {
    return true;
  }
  for (let node = features.questions; node < features.words.length - features.values; node += 1) {
    if (isNamed(relationAt(reading, token, node))) {
      return true;
    }
  }
  return false;
}

function relationAt({ features }: QuestionReading, token: number, node: number): number {
  return features.relations[token * features.words.length + node] ?? 0;
}

function isNamed(kind: number): boolean {
  return (
    (kind >= relation.questionColumn && kind < relation.questionColumn + 5) ||
    (kind >= relation.questionTable && kind < relation.questionTable + 5) ||
    kind === relation.tokenStoredIn
  );
}

const operatorWords =
  /^(average|avg|mean|total|sum|count|number|maximum|minimum|max|min|most|least|more|less|fewer|greater|larger|smaller|higher|lower|highest|lowest|largest|smallest|biggest|top|bottom|first|last|latest|earliest|oldest|youngest|newest|longest|shortest|different|distinct|unique|order(ed)?|sort(ed)?|descending|ascending|alphabetical(ly)?|least|above|below|between|before|after|than|equal|exceed(s|ing)?|per|both|either|neither|except|without|never|no|not|only|same|starting|ending|contain(s|ing)?|include|including|group(ed)?|percent(age)?|share|ratio|rate|compared|versus|vs|day|week|month|quarter|year|daily|weekly|monthly|yearly|today|yesterday|common|popular|frequent(ly)?|one|two|id|ids|name|names|information|info|details|detail|list|shown?|corresponding|respective(ly)?|along|together|given|used|using|found|long|old|many|times|time|frequency|amount|case|cases|kind|kinds|type|types|any)$/;

function isOperatorWord(word: string): boolean {
  return operatorWords.test(word);
}

/** Numbers the ranking and the calibration are made of, in an order that the fitted weights know. */
export function evidenceOf(
  reading: QuestionReading,
  proposals: readonly Proposal[],
  at: number,
): readonly number[] {
  const own = proposals[at];
  if (own === undefined) {
    return [];
  }
  const { graph, candidates, features } = reading;
  const uses = usesOf(own.program);
  const total = proposals.reduce((sum, one) => sum + Math.exp(one.score), 0);
  const others = proposals.filter((_, index) => index !== at).map((one) => one.score);
  const rival = Math.max(own.score - 8, ...others);
  const unused = unusedWords(reading, uses);
  const unknown = unused.filter((token) => !isKnownWord(reading, token));
  const telling = reading.tokens.filter(
    (token) => token.kind === "word" && !functionWords.has(token.lower),
  ).length;
  const flagged = (node: number, flag: number): number => features.flags[node * 40 + flag] ?? 0;
  const columnStart = features.questions;
  const named = (column: number): boolean =>
    flagged(columnStart + column, 9) > 0 || flagged(columnStart + column, 12) > 0;
  const unnamed = [...uses.columns].filter((one) => !named(one)).length;
  const idle = candidates.filter(
    (one, value) => one.kind !== "one" && one.stored.size > 0 && !uses.values.includes(value),
  ).length;
  const loose = candidates.filter(
    (one, value) => one.kind !== "one" && one.stored.size === 0 && !uses.values.includes(value),
  ).length;
  const misplaced = uses.compared.filter(
    ([column, value]) =>
      (candidates[value]?.stored.size ?? 0) > 0 && candidates[value]?.stored.has(column) !== true,
  ).length;
  const placed = uses.compared.filter(
    ([column, value]) => candidates[value]?.stored.has(column) === true,
  ).length;
  const made = uses.compared.filter(([, value]) => candidates[value]?.kind === "one").length;
  const tableStart = columnStart + graph.columns.length;
  const strange = [...uses.tables].filter(
    (table) =>
      flagged(tableStart + table, 27) === 0 &&
      ![...uses.columns].some((column) => graph.columns[column]?.table === table),
  ).length;
  return [
    Math.max(own.score, -12),
    Math.exp(own.score),
    Math.exp(own.score) / Math.max(total, 1e-12),
    Math.max(-8, Math.min(8, own.score - rival)),
    unused.length,
    unknown.length,
    unused.length / Math.max(telling, 1),
    unnamed,
    idle,
    loose,
    misplaced,
    placed,
    made,
    strange,
    uses.tables.size,
    uses.queries - 1,
    uses.conditions,
    uses.selected,
    reading.tokens.length / 10,
    graph.tables.length / 10,
  ];
}
