/** Says in plain English what a program asks, so that a person can tell whether it is what they meant. */
import { interval } from "../restate.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import {
  type Condition,
  type Item,
  isFigure,
  type Joined,
  type Program,
  type Term,
} from "./program.ts";

interface Naming {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** Whether columns need their table's name. */
  readonly several: boolean;
}

const figures: Readonly<Record<string, string>> = {
  sum: "total",
  avg: "average",
  min: "lowest",
  max: "highest",
  count: "number of",
  countd: "number of different",
};

const signs: Readonly<Record<string, string>> = {
  "=": "is",
  "!=": "is not",
  ">": "is more than",
  ">=": "is at least",
  "<": "is less than",
  "<=": "is at most",
  contains: "contains",
  starts: "starts with",
  ends: "ends with",
  notcontains: "does not contain",
  notstarts: "does not start with",
  notends: "does not end with",
  in: "is among",
  notin: "is not among",
};

const sets = {
  intersect: "and at the same time",
  union: "together with",
  except: "but not",
} as const;

export function restateProgram(
  program: Program,
  graph: SchemaGraph,
  candidates: readonly ValueCandidate[],
): string {
  const text = restate(program, { graph, candidates, several: program.tables.length > 1 });
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function restate(program: Program, outer: Naming): string {
  const naming = { ...outer, several: program.tables.length > 1 };
  const grouped = groupsOf(program);
  const items = program.select.filter((item) => !isGroup(item, grouped));
  const what = (items.length > 0 ? items : program.select).map((one) =>
    itemText(one, program, naming),
  );
  const each = items.length > 0 ? grouped.map((term) => termText(term, naming)) : [];
  const parts = [
    `${program.distinct ? "different " : ""}${listed(what)}${ofTables(program, items, naming)}`,
    ...(each.length > 0 ? [`for each ${listed(each)}`] : []),
    ...(program.where.length > 0 ? [`where ${joinedText(program.where, naming)}`] : []),
    ...(program.having.length > 0
      ? [`keeping those whose ${joinedText(program.having, naming)}`]
      : []),
    ...orderText(program, naming),
  ];
  const text = parts.join(", ").replaceAll(", for each", " for each");
  return program.set === undefined
    ? text
    : `${text}; ${sets[program.set.operator]}: ${restate(program.set.query, outer)}`;
}

/** Terms shown beside a figure are what it is told apart by. */
function groupsOf(program: Program): readonly Term[] {
  return program.select.some(isFigure)
    ? program.select.flatMap((item) =>
        item.kind === "term" && item.term.aggregate === undefined ? [item.term] : [],
      )
    : [];
}

function isGroup(item: Item, groups: readonly Term[]): boolean {
  return item.kind === "term" && groups.includes(item.term);
}

function ofTables(program: Program, items: readonly Item[], naming: Naming): string {
  const counts = items.some((item) => item.kind !== "term" || item.term.column === "*");
  return counts ? "" : ` of ${tableNames(program, naming)}`;
}

function tableNames({ tables }: Program, { graph }: Naming): string {
  return listed(
    tables.map((at) => plain(graph.tables[at]?.info.name ?? "")),
    "with",
  );
}

function itemText(item: Item, program: Program, naming: Naming): string {
  switch (item.kind) {
    case "term":
      return item.term.column === "*"
        ? `${item.term.aggregate === undefined ? "all columns of" : "number of"} ${tableNames(program, naming)}`
        : termText(item.term, naming);
    case "count_where":
      return `number of ${tableNames(program, naming)} whose ${conditionText(item.condition, naming)}`;
    case "share_where":
      return `percentage of ${tableNames(program, naming)} whose ${conditionText(item.condition, naming)}`;
    case "share_of_total":
      return item.term.column === "*"
        ? `percentage of all ${tableNames(program, naming)}`
        : `percentage of the ${termText(item.term, naming)}`;
    case "ratio": {
      const under =
        item.under.column === "*"
          ? `number of ${tableNames(program, naming)}`
          : termText(item.under, naming);
      return `${termText(item.over, naming)} divided by the ${under}`;
    }
  }
}

function termText({ aggregate, grain, column }: Term, naming: Naming): string {
  if (column === "*") {
    return aggregate === undefined ? "rows" : "number of rows";
  }
  const name = columnText(column, naming);
  if (grain !== undefined) {
    return `${grain} of ${name}`;
  }
  return aggregate === undefined ? name : `${figures[aggregate]} ${name}`;
}

function columnText(column: number, { graph, several }: Naming): string {
  const node = graph.columns[column];
  const name = plain(node?.info.name ?? "");
  return several ? `${plain(graph.tables[node?.table ?? -1]?.info.name ?? "")}’ ${name}` : name;
}

function joinedText(joined: readonly Joined[], naming: Naming): string {
  return joined
    .map(
      ({ joiner, condition }, at) =>
        `${at === 0 ? "" : ` ${joiner} `}${conditionText(condition, naming)}`,
    )
    .join("");
}

function conditionText({ term, operator, operand }: Condition, naming: Naming): string {
  const left = termText(term, naming);
  if (operator === "isnull" || operator === "notnull") {
    return `${left} is ${operator === "isnull" ? "missing" : "known"}`;
  }
  if (operand.kind === "query") {
    return `${left} ${signs[operator] ?? operator} (${restate(operand.query, naming)})`;
  }
  if (operand.kind === "column") {
    return `${left} ${signs[operator] ?? operator} ${columnText(operand.column, naming)}`;
  }
  const values = operand.values.map((at) => valueText(naming.candidates[at], term));
  if (operator === "between" || operator === "notbetween") {
    return `${left} is ${operator === "between" ? "" : "not "}between ${values.join(" and ")}`;
  }
  if (operator === "versus") {
    return `${left} is ${values.join(" compared with ")}`;
  }
  return operator === "period"
    ? `${left} is ${values[0]}`
    : `${left} ${signs[operator]} ${values[0]}`;
}

function valueText(value: ValueCandidate | undefined, term: Term): string {
  if (value?.kind === "period") {
    return interval(value.period ?? {});
  }
  const stored = term.column === "*" ? undefined : value?.stored.get(term.column);
  return stored ?? value?.text ?? "";
}

function orderText(program: Program, naming: Naming): readonly string[] {
  const [first] = program.order;
  const rows = program.limit === undefined ? undefined : naming.candidates[program.limit]?.text;
  const within = program.per === undefined ? "" : ` in each ${columnText(program.per, naming)}`;
  const only = rows === undefined ? "" : `, first ${rows} only${within}`;
  if (first === undefined) {
    return only === "" ? [] : [only.slice(2)];
  }
  const by = first.column === "*" ? "number of rows" : termText(first, naming);
  return [`${program.descending ? "highest or latest" : "lowest or earliest"} ${by} first${only}`];
}

function listed(words: readonly string[], last = "and"): string {
  return words.length < 2
    ? (words[0] ?? "")
    : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

function plain(identifier: string): string {
  return identifier.replaceAll("_", " ");
}
