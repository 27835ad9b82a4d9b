/** Where two tables have several keys between them: which of them a program may mean, and what each is called. */
import { inWords } from "../../kernel/identifiers.ts";
import { stem } from "../stem.ts";
import type { GraphKey, SchemaGraph } from "./graph.ts";
import { joinTables, type KeyPreference } from "./join-tables.ts";
import type { Program } from "./program.ts";
import { programsIn } from "./program-parts.ts";
import { wordsOfName } from "./words.ts";

/** Keys between the same two tables, one of each condition they join on, in the order of the schema. */
export function rivalsOf(graph: SchemaGraph, key: GraphKey): readonly GraphKey[] {
  const pair = [key.child, key.parent];
  const byCondition = new Map<string, GraphKey>();
  for (const other of graph.keys) {
    const same = pair.includes(other.child) && pair.includes(other.parent);
    const condition = conditionOf(other);
    if (same && other.child !== other.parent && !byCondition.has(condition)) {
      byCondition.set(condition, other);
    }
  }
  return [...byCondition.values()];
}

/** Two tables that refer to each other by the same columns are joined on one condition. */
function conditionOf({ links }: GraphKey): string {
  return links
    .map(([from, to]) => `${Math.min(from, to)}=${Math.max(from, to)}`)
    .sort()
    .join();
}

/** For each two tables that the program joins: the keys between which nothing but their order would choose. */
export function keysInDoubt(
  program: Program,
  graph: SchemaGraph,
  preference: KeyPreference,
): readonly (readonly GraphKey[])[] {
  const found = new Map<string, readonly GraphKey[]>();
  for (const { tables } of programsIn(program)) {
    for (const { key } of joinTables(graph, tables, preference)) {
      const rivals = key === undefined ? [] : rivalsOf(graph, key);
      const best = Math.max(...rivals.map(preference));
      const equal = rivals.filter((one) => preference(one) === best);
      if (equal.length > 1) {
        found.set(equal.map(conditionOf).join(" "), equal);
      }
    }
  }
  return [...found.values()];
}

/** The same preference, but for one key that comes before all others. */
export function preferring(key: GraphKey, preference: KeyPreference): KeyPreference {
  return (other) => (other === key ? Number.POSITIVE_INFINITY : preference(other));
}

/** Which of several keys a program joins on, for the end of its restatement: of single ones there is nothing to say. */
export function restateKeys(
  program: Program,
  graph: SchemaGraph,
  preference: KeyPreference,
): string {
  const joins = programsIn(program).flatMap(({ tables }) => joinTables(graph, tables, preference));
  const texts = joins.flatMap(({ key }) =>
    key === undefined || rivalsOf(graph, key).length < 2 ? [] : [`, ${restateKey(graph, key)}`],
  );
  return [...new Set(texts)].join("");
}

/** How a person tells the key from its rivals: `by the origin airport`. */
function restateKey(graph: SchemaGraph, key: GraphKey): string {
  const rivals = rivalsOf(graph, key);
  const texts = rivals.map((one) => partText(graph, one, rivals));
  const own = partText(graph, key, rivals);
  return texts.filter((one) => one === own).length > 1
    ? `through ${key.links.map(([from]) => inWords(graph.columns[from]?.info.name ?? "")).join(" and ")}`
    : own;
}

function partText(graph: SchemaGraph, key: GraphKey, rivals: readonly GraphKey[]): string {
  const part = partOf(graph, key);
  const bothWays = rivals.some((one) => one.child !== key.child);
  const whose = bothWays ? `${inWords(graph.tables[key.child]?.info.name ?? "")}’ ` : "";
  return part === undefined ? `by ${whose}${columnText(graph, key)}` : `by the ${whose}${part}`;
}

const untelling = /^(id|ids|key|fk|code|no|nr|num|number|ref|uid|uuid|pk)$/;
/** `reported_by` and `assigned_to` are no names of anybody. */
const preposition = /^(by|to|for|from|of|in|at|on|with)$/;
/** `manager`, `author`, `assignee` stand for a person by themselves; `origin` and `billing` do not. */
const agent = /(er|or|ee|ist|ant|ent)$/;

/** What the parent is to the child, in words: `customer`, `origin airport`; undefined where the column's name says none. */
export function partOf(graph: SchemaGraph, key: GraphKey): string | undefined {
  if (key.name !== undefined) {
    return inWords(key.name);
  }
  const words = [...wordsOfName(lastColumn(graph, key))];
  while (words.length > 0 && untelling.test(words.at(-1) ?? "")) {
    words.pop();
  }
  const [first, ...others] = words;
  if (first === undefined || preposition.test(words.at(-1) ?? "")) {
    return undefined;
  }
  const parent = wordsOfName(graph.tables[key.parent]?.info.name ?? "").map(stem);
  const complete = others.length > 0 || parent.includes(stem(first)) || agent.test(first);
  return complete ? words.join(" ") : [first, ...parent].join(" ");
}

/** Of several columns the last: those before it are what all rows share, a tenant or a year. */
function lastColumn(graph: SchemaGraph, { links }: GraphKey): string {
  return graph.columns[links.at(-1)?.[0] ?? -1]?.info.name ?? "";
}

export function columnText(graph: SchemaGraph, key: GraphKey): string {
  return `“${inWords(lastColumn(graph, key))}”`;
}
