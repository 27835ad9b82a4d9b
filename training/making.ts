/** What the templates of made questions share: the table a question is about, its words, periods, filters and figures. */
import { defaultTime } from "../shared/ask/column-kinds.ts";
import type { GraphTable, SchemaGraph } from "../shared/ask/network/graph.ts";
import {
  type Condition,
  emptyProgram,
  type Item,
  type Program,
  type Term,
} from "../shared/ask/network/program.ts";
import { stem } from "../shared/ask/stem.ts";
import type { Choices } from "./random.ts";

export interface MadeQuestion {
  readonly question: string;
  /** Its values are positions in `values`. */
  readonly program: Program;
  readonly values: readonly MadeValue[];
}

/** A text or number as the question says it, or the n-th period of the question. */
export type MadeValue = { readonly text: string } | { readonly period: number };

export interface Subject {
  readonly at: number;
  readonly table: GraphTable;
  readonly plural: string;
  readonly numbers: readonly number[];
  readonly times: readonly number[];
  /** The moment its rows are about. */
  readonly time: number | undefined;
  readonly categories: readonly number[];
  readonly label: number | undefined;
  readonly key: number | undefined;
}

/** What a template is made with. */
export interface Making {
  readonly graph: SchemaGraph;
  readonly choices: Choices;
  readonly values: MadeValue[];
  periods: number;
}

export type Template = (making: Making, subject: Subject) => MadeQuestion | undefined;

export function subjectOf(graph: SchemaGraph, at: number): Subject {
  const table = graph.tables[at] as GraphTable;
  const own = table.columns.map((column) => ({ column, node: graph.columns[column] }));
  const pick = (test: (node: NonNullable<(typeof own)[number]["node"]>) => boolean): number[] =>
    own.flatMap(({ column, node }) => (node !== undefined && test(node) ? [column] : []));
  const measures = pick(
    (node) =>
      node.kind === "number" &&
      !node.primaryKey &&
      !node.foreignKey &&
      !["id", "code", "number", "phone", "zip"].includes(node.words.at(-1) ?? ""),
  );
  return {
    at,
    table,
    plural: plural(table.words.join(" ")),
    numbers: measures,
    times: pick((node) => node.kind === "time"),
    time: table.columns[defaultTime(table.info, at)?.column.column ?? -1],
    categories: pick((node) => node.kind === "text" && (node.info.values?.length ?? 0) > 1),
    label: pick(
      (node) => node.kind === "text" && /name|title|label|company/.test(node.info.name),
    )[0],
    key: pick((node) => node.primaryKey)[0],
  };
}

export function plural(words: string): string {
  if (/(s|staff)$/.test(words)) {
    return words;
  }
  return /[^aeiou]y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}s`;
}

export function singular({ words: own }: GraphTable): string {
  return own.map((word, at) => (at === own.length - 1 ? stem(word) : word)).join(" ");
}

export function words({ graph, choices }: Making, column: number): string {
  const node = graph.columns[column];
  const own = [...(node?.words ?? [])].filter((word) => !["usd", "ms"].includes(word));
  const bare = own.length > 1 && choices.chance(0.3) ? own.filter((word) => word !== "total") : own;
  return bare.join(" ");
}

/** `shipped_at` → `shipped`; a moment that is no deed has none. */
export function deed({ graph }: Making, column: number): string | undefined {
  const own = graph.columns[column]?.words ?? [];
  const last = own.at(-1) ?? "";
  const verb = ["at", "on", "date", "time"].includes(last) ? own.slice(0, -1) : [];
  const said = verb.join(" ");
  return /(ed|en|nt|ft|un|rn|ld|up|held)$/.test(said) ? said : undefined;
}

const monthNames =
  "January February March April May June July August September October November December".split(
    " ",
  );

function periodText({ choices }: Making): string {
  const count = String(choices.of([2, 3, 4, 5, 6, 7, 10, 14, 30, 60, 90]));
  const year = String(2019 + choices.below(8));
  const unit = choices.say("day", "week", "month");
  return choices.say(
    "today",
    "yesterday",
    "this week",
    "last week",
    "this month",
    "last month",
    "this year",
    "last year",
    "this quarter",
    "last quarter",
    `in the last ${count} ${unit}s`,
    `over the past ${count} days`,
    `in the past ${count} ${unit}s`,
    `last ${count} ${unit}s`,
    `in ${choices.of(monthNames)}`,
    `in ${choices.of(monthNames)} ${year}`,
    `in ${year}`,
    `during ${year}`,
    `since ${choices.of(monthNames)}`,
    `since ${year}-0${1 + choices.below(9)}-1${choices.below(10)}`,
    `on ${year}-1${choices.below(3)}-0${1 + choices.below(9)}`,
    `in the last month`,
    `in the past year`,
    `in the last 24 hours`,
    `previous month`,
    `so far this month`,
  );
}

export function value(making: Making, one: MadeValue): number {
  making.values.push(one);
  return making.values.length - 1;
}

/** Adds a period to the question; a moment that is not named is the one the rows are about. */
export function during(
  making: Making,
  subject: Subject,
): { readonly said: string; readonly column: number; readonly condition: Condition } {
  const text = periodText(making);
  making.periods += 1;
  const at = value(making, { period: making.periods - 1 });
  const chosen = making.choices.of(subject.times);
  const verb = deed(making, chosen);
  const named = verb !== undefined && making.choices.chance(0.6);
  const column = named ? chosen : (subject.time ?? chosen);
  return {
    said: named ? `${verb} ${text}` : text,
    column,
    condition: { term: { column }, operator: "period", operand: { kind: "values", values: [at] } },
  };
}

export function where(...conditions: readonly Condition[]): Program["where"] {
  return conditions.map((condition) => ({ joiner: "and", condition }));
}

export function shown(...terms: readonly Term[]): readonly Item[] {
  return terms.map((term) => ({ kind: "term", term }));
}

export const counted: Term = { aggregate: "count", column: "*" };

export function finish(making: Making, question: string, program: Partial<Program>): MadeQuestion {
  const { choices, values } = making;
  const text = question.replace(/\s+/g, " ").trim();
  const first = choices.chance(0.7) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  const end = /^(how|what|which|who)/i.test(first)
    ? choices.say("?", "?", "")
    : choices.say(".", "", "");
  return { question: `${first}${end}`, program: { ...emptyProgram, ...program }, values };
}

/** A column of few values and one of them, as the question would say it. */
export function filter(
  making: Making,
  subject: Subject,
): { readonly said: string; readonly column: string; readonly condition: Condition } | undefined {
  const { choices, graph } = making;
  if (subject.categories.length === 0) {
    return undefined;
  }
  const column = choices.of(subject.categories);
  const text = choices.of(graph.columns[column]?.info.values ?? [""]);
  if (text.length > 25 || /["']/.test(text)) {
    return undefined;
  }
  const at = value(making, { text });
  return {
    said: text,
    column: words(making, column),
    condition: { term: { column }, operator: "=", operand: { kind: "values", values: [at] } },
  };
}

export function measure(
  making: Making,
  column: number,
): { readonly said: string; readonly term: Term } {
  const { choices } = making;
  const said = words(making, column);
  const aggregate = choices.of(["sum", "sum", "avg", "max", "min"] as const);
  const forms = {
    sum: choices.say(`total ${said}`, `sum of ${said}`, `overall ${said}`, said),
    avg: choices.say(`average ${said}`, `mean ${said}`, `avg ${said}`),
    max: choices.say(`highest ${said}`, `maximum ${said}`, `largest ${said}`),
    min: choices.say(`lowest ${said}`, `minimum ${said}`, `smallest ${said}`),
  };
  return { said: forms[aggregate], term: { aggregate, column } };
}
