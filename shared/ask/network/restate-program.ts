/** Says in plain English what a program asks, so that a person can tell whether it is what they meant. */
import { inWords } from "../../kernel/identifiers.ts";
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
import { company, subjectOf, tableCounted } from "./program-subject.ts";
import { isYes } from "./render-condition.ts";

interface Naming {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** What the rows are: columns of other tables need their table's name. */
  readonly subject: number | undefined;
  /** How those rows are called. */
  readonly rows: string;
  /** What a share is called: of one, or of a hundred. */
  readonly share: string;
}

const figures: Readonly<Record<string, string>> = {
  sum: "sum of",
  avg: "average",
  min: "lowest",
  max: "highest",
  count: "number of",
  countd: "number of different values of",
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
  shareOf: 1 | 100 = 100,
): string {
  const share = shareOf === 1 ? "share (0 to 1)" : "percentage";
  const text = restate(program, { graph, candidates, share });
  return text.charAt(0).toUpperCase() + text.slice(1);
}

type Question = Pick<Naming, "graph" | "candidates" | "share">;

function restate(program: Program, question: Question): string {
  const { graph } = question;
  const subject = subjectOf(program, graph);
  const rows = rowsText(program, subject, graph);
  const naming: Naming = { ...question, subject, rows };
  const grouped = groupsOf(program);
  const items = program.select.filter((item) => !isGroup(item, grouped));
  const what = (items.length > 0 ? items : program.select).map((one) => itemText(one, naming));
  const each = items.length > 0 ? grouped.map((term) => termText(term, naming)) : [];
  const parts = [
    `${program.distinct ? "different " : ""}${listed(what)}${ofTables(items, naming)}`,
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
    : `${text}; ${sets[program.set.operator]}: ${restate(program.set.query, question)}`;
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

function ofTables(items: readonly Item[], { graph, rows }: Naming): string {
  const says = items.some(
    (item) =>
      item.kind !== "term" ||
      item.term.column === "*" ||
      tableCounted(item.term, graph) !== undefined,
  );
  return says ? "" : ` of ${rows}`;
}

/** The rows that are told of, and the tables that have to have rows of theirs. */
function rowsText(program: Program, subject: number | undefined, graph: SchemaGraph): string {
  const tables =
    subject === undefined ? program.tables : [subject, ...company(program, subject, graph)];
  const names = tables.map((at) => inWords(graph.tables[at]?.info.name ?? ""));
  return listed(names, "with");
}

function itemText(item: Item, naming: Naming): string {
  const { rows } = naming;
  switch (item.kind) {
    case "term":
      return item.term.column === "*" && item.term.aggregate === undefined
        ? rows
        : termText(item.term, naming);
    case "count_where":
      return `number of ${rows} whose ${conditionText(item.condition, naming)}`;
    case "share_where":
      return `${naming.share} of ${rows} whose ${conditionText(item.condition, naming)}`;
    case "share_of_total":
      return item.term.column === "*"
        ? `${naming.share} of all ${rows}`
        : `${naming.share} of the ${termText(item.term, naming)}`;
    case "ratio":
      return `${termText(item.over, naming)} divided by the ${termText(item.under, naming)}`;
  }
}

function termText(term: Term, naming: Naming): string {
  const { aggregate, grain, column } = term;
  if (column === "*" || tableCounted(term, naming.graph) === naming.subject) {
    return `number of ${naming.rows}`;
  }
  const name = columnText(column, naming);
  if (grain !== undefined) {
    return `${grain} of ${name}`;
  }
  return aggregate === undefined ? name : `${figures[aggregate]} ${name}`;
}

function columnText(column: number, { graph, subject }: Naming): string {
  const node = graph.columns[column];
  const name = inWords(node?.info.name ?? "");
  return node !== undefined && node.table !== subject
    ? `${inWords(graph.tables[node?.table ?? -1]?.info.name ?? "")}’ ${name}`
    : name;
}

function joinedText(joined: readonly Joined[], naming: Naming): string {
  const all: Condition[][] = [];
  joined.forEach(({ joiner, condition }, at) => {
    if (at === 0 || joiner === "or") {
      all.push([condition]);
    } else {
      all.at(-1)?.push(condition);
    }
  });
  return (
    sameButOne(all, naming) ??
    all.map((some) => some.map((one) => conditionText(one, naming)).join(" and ")).join(" or ")
  );
}

/** `status is open or held and …`, where the alternatives differ in one column's value only. */
function sameButOne(all: readonly (readonly Condition[])[], naming: Naming): string | undefined {
  const [first = []] = all;
  const isIn = (some: readonly Condition[], one: Condition): boolean =>
    some.some((other) => JSON.stringify(other) === JSON.stringify(one));
  const common = first.filter((one) => all.every((some) => isIn(some, one)));
  const own = all.map((some) => some.filter((one) => !isIn(common, one)));
  const [lead] = own[0] ?? [];
  const left = (one: Condition | undefined): string => JSON.stringify([one?.term, one?.operator]);
  const alike = own.every((some) => some.length === 1 && left(some[0]) === left(lead));
  if (all.length < 2 || !alike || lead?.operator !== "=" || lead.operand.kind !== "values") {
    return undefined;
  }
  const values = own.flatMap(([one]) =>
    one?.operand.kind === "values"
      ? one.operand.values.map((at) => valueText(naming.candidates[at], one.term, naming))
      : [],
  );
  return values.length < own.length
    ? undefined
    : [
        `${termText(lead.term, naming)} is ${listed(values, "or")}`,
        ...common.map((one) => conditionText(one, naming)),
      ].join(" and ");
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
  const values = operand.values.map((at) => valueText(naming.candidates[at], term, naming));
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

function valueText(value: ValueCandidate | undefined, term: Term, { graph }: Naming): string {
  if (value?.kind === "period") {
    return interval(value.period ?? {});
  }
  const column = term.column === "*" ? undefined : graph.columns[term.column];
  if (column?.kind === "boolean" && term.aggregate === undefined) {
    return String(isYes(value?.text ?? ""));
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
  return [
    `${program.descending ? "highest or latest" : "lowest or earliest"} ${termText(first, naming)} first${only}`,
  ];
}

function listed(words: readonly string[], last = "and"): string {
  return words.length < 2
    ? (words[0] ?? "")
    : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
