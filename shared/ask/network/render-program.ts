/** Writes a program as SQL: names quoted where needed, every value a bound parameter. */
import type { SqlDialect } from "../../sources/ports.ts";
import type { Writer } from "../moments.ts";
import type { Rendered } from "../render.ts";
import type { ValueCandidate } from "./candidates.ts";
import { bindNumber, quoteName } from "./dialect.ts";
import type { SchemaGraph } from "./graph.ts";
import { groupTerms, isDistinct, tieBreakers, tieDirection } from "./implied-terms.ts";
import { joinTables, type KeyPreference, type TableJoin } from "./join-tables.ts";
import { type Condition, type Item, isAggregate, type Program } from "./program.ts";
import { renderConditions } from "./render-condition.ts";
import { itemName, renderDuring, renderItem } from "./render-item.ts";
import { columnName, type Scope, tableName } from "./render-names.ts";
import { limitOf, renderTerm } from "./render-term.ts";
import { distinctNames, namesOf, ownName, type Shown } from "./result-names.ts";

export interface RenderInput {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  readonly dialect: SqlDialect;
  readonly preference: KeyPreference;
  /** What the whole is, of which shares are told; a hundred where left out. */
  readonly shareOf?: 1 | 100;
}

/** @throws RangeError for a program that no SQL says. */
export function renderProgram(program: Program, input: RenderInput): Rendered {
  const writer: Writer = { dialect: input.dialect, params: [] };
  const render = (one: Program): string =>
    renderQuery(one, { ...input, writer, qualify: false, query: render });
  return { sql: render(program), params: writer.params };
}

function renderQuery(program: Program, outer: Scope): string {
  const text = renderBlock(program, outer);
  if (program.set === undefined) {
    return text;
  }
  const { operator, query } = program.set;
  const right = outer.query(query);
  return `${isOrdered(program) ? `(${text})` : text}\n${operator}\n${
    isOrdered(query) || query.set !== undefined ? `(${right})` : right
  }`;
}

/** Without parentheses an order or limit would be that of the whole set operation. */
function isOrdered(program: Program): boolean {
  return program.order.length > 0 || program.limit !== undefined;
}

function renderBlock(program: Program, outer: Scope): string {
  const joins = joinTables(outer.graph, program.tables, outer.preference);
  const scope: Scope = { ...outer, qualify: joins.length > 1 };
  if (program.per !== undefined) {
    return renderPerGroup(program, program.per, joins, scope);
  }
  const shown = program.select.flatMap((item) => selected(item, program, scope));
  const names = namesOf(shown, scope);
  const select = shown.map(({ text }, at) => named(text, names[at], scope)).join(", ");
  return [
    `select ${isDistinct(program) ? "distinct " : ""}${select}`,
    ...renderBody(program, joins, scope),
    ...renderOrder(program, scope),
    ...renderLimit(program, scope),
  ].join("\n");
}

/** One item; two where the question compares a figure of one period with that of another. */
function selected(item: Item, program: Program, scope: Scope): readonly Shown[] {
  const versus = program.where.find((one) => one.condition.operator === "versus")?.condition;
  const { operand } = versus ?? {};
  const compared = item.kind === "term" && isAggregate(item.term) && operand?.kind === "values";
  if (versus === undefined || !compared) {
    return [{ text: renderItem(item, scope), item }];
  }
  const name = itemName(item, scope) ?? "figure";
  return operand.values.map((value, at) => {
    const during: Condition = {
      ...versus,
      operator: "period",
      operand: { kind: "values", values: [value] },
    };
    return { text: renderDuring(item.term, during, scope), item, name: `${name}_${at + 1}` };
  });
}

function named(text: string, name: string | undefined, { writer }: Scope): string {
  return name === undefined ? text : `${text} as ${quoteName(name, writer.dialect)}`;
}

/** FROM to HAVING. */
function renderBody(program: Program, joins: readonly TableJoin[], scope: Scope): string[] {
  const lines = joins.map((join, at) => renderJoin(join, at, scope));
  const where = program.where.filter((one) => one.condition.operator !== "versus");
  if (where.length > 0) {
    lines.push(`where ${renderConditions(where, scope)}`);
  }
  const groups = groupTerms(program).map((term) => renderTerm(term, scope));
  if (groups.length > 0) {
    lines.push(`group by ${[...new Set(groups)].join(", ")}`);
  }
  if (program.having.length > 0) {
    lines.push(`having ${renderConditions(program.having, scope)}`);
  }
  return lines;
}

function renderJoin({ table, key }: TableJoin, at: number, scope: Scope): string {
  const name = tableName(table, scope);
  if (at === 0) {
    return `from ${name}`;
  }
  const on = key?.links
    .map(([from, to]) => `${columnName(from, scope)} = ${columnName(to, scope)}`)
    .join(" and ");
  return on === undefined ? `cross join ${name}` : `join ${name} on ${on}`;
}

function renderOrder(program: Program, scope: Scope): readonly string[] {
  if (program.order.length === 0) {
    return [];
  }
  const direction = program.descending ? " desc nulls last" : "";
  const asked = program.order.map((term) => renderTerm(term, scope));
  const ties = tieDirection(program) === "descending" ? direction : "";
  const keys = new Set(tieBreakers(program, scope.graph).map((term) => renderTerm(term, scope)));
  const more = [...keys].filter((key) => !asked.includes(key)).map((key) => `${key}${ties}`);
  return [`order by ${[...asked.map((key) => `${key}${direction}`), ...more].join(", ")}`];
}

function renderLimit(program: Program, scope: Scope): readonly string[] {
  const rows = limitOf(program, scope);
  return rows === undefined ? [] : [`limit ${bindNumber(rows, scope.writer)}`];
}

/** The first so many rows within each value of one column. */
function renderPerGroup(
  program: Program,
  per: number,
  joins: readonly TableJoin[],
  scope: Scope,
): string {
  const { dialect } = scope.writer;
  const within = columnName(per, scope);
  // The place within a group is computed after grouping, so that the column has to be grouped by as well.
  const group =
    groupTerms(program).length > 0 ? [...program.group, { column: per }] : program.group;
  const items = program.select.flatMap((item) => spelledOut(item, program, scope));
  const shown = items.map((item, at) => groupName(item, at, scope));
  const all = distinctNames([...shown, "place"]).map((name) => quoteName(name, dialect));
  const [names, place] = [all.slice(0, -1), all.at(-1)];
  const select = items.map((item, at) => `${renderItem(item, scope)} as ${names[at]}`);
  const order = renderOrder(program, scope).join("") || "order by 1";
  const ranked = [
    `select ${select.join(", ")}, row_number() over (partition by ${within} ${order}) as ${place}`,
    ...renderBody({ ...program, group }, joins, scope),
  ].join("\n");
  return `select ${names.join(", ")}\nfrom (\n${ranked}\n) as ranked\nwhere ${place} <= ${bindNumber(limitOf(program, scope) ?? 1, scope.writer)}`;
}

/** `*` as the columns it stands for: each needs a name of its own to be shown by. */
function spelledOut(item: Item, { tables }: Program, { graph }: Scope): readonly Item[] {
  if (item.kind !== "term" || item.term.column !== "*" || isAggregate(item.term)) {
    return [item];
  }
  const columns = tables.flatMap((table) => graph.tables[table]?.columns ?? []);
  return columns.map((column) => ({ kind: "term", term: { column } }));
}

function groupName(item: Item, at: number, scope: Scope): string {
  return itemName(item, scope) ?? ownName(item, scope) ?? `column_${at + 1}`;
}
