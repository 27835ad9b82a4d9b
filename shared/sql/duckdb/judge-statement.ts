/** The allow-list over DuckDB's tree: every node, function, relation, type and option of a statement is judged. */

import { shown } from "../refusals.ts";
import { createFacts, type StatementFacts } from "../statement-facts.ts";
import { isBareFunction, judgeFunction, judgeTableFunction } from "./function-rules.ts";
import { TYPES } from "./functions.generated.ts";
import type { FieldKind } from "./node-shapes.ts";
import type { DuckdbAst } from "./ports.ts";
import { isCte, objectionToTable } from "./relation-rules.ts";
import { type CteNames, type Fields, folded, walkAst } from "./walk-ast.ts";

type Facts = StatementFacts & { growth: number };

const types: ReadonlySet<string> = new Set(TYPES.trim().split(/\s+/));

export function judgeStatement(statement: DuckdbAst): StatementFacts {
  const facts: Facts = { ...createFacts(), growth: 1 };
  const tableCalls = new Set<unknown>();
  walkAst(statement, {
    enter(kind, node, ctes) {
      judgeNode(kind, node, ctes, facts, tableCalls);
      return true;
    },
    unknown: (what) =>
      facts.refusals.add(
        "construct_not_allowed",
        `The statement holds ${shown(what)}, which is not allowed.`,
      ),
  });
  return facts;
}

function judgeNode(
  kind: FieldKind,
  node: Fields,
  ctes: CteNames,
  facts: Facts,
  tableCalls: Set<unknown>,
): void {
  if (kind === "relation") judgeRelation(node, ctes, facts, tableCalls);
  else if (kind === "expression") judgeExpression(node, facts, tableCalls);
  else if (kind === "type") judgeType(node, facts);
  // What a sample draws is chance, but for a seed on one thread.
  else if (kind === "sample") facts.changing = true;
}

function judgeRelation(node: Fields, ctes: CteNames, facts: Facts, tableCalls: Set<unknown>): void {
  if (node.type === "TABLE_FUNCTION") tableCalls.add(node.function);
  if (node.type === "SHOW_REF" && !node.query)
    facts.refusals.add("catalog_relation", "Lists of the catalogue are not open to queries.");
  if (node.type !== "BASE_TABLE" || isCte(node, ctes)) return;
  const objection = objectionToTable(node);
  if (objection !== null) {
    facts.refusals.add(objection.rule, objection.message);
    return;
  }
  const schema = folded(String(node.schema_name ?? ""));
  const name = folded(String(node.table_name));
  facts.tables.push({
    at: locationOf(node),
    value: { schema: schema === "" ? null : schema, name },
  });
}

function judgeExpression(node: Fields, facts: Facts, tableCalls: Set<unknown>): void {
  switch (node.class) {
    case "FUNCTION":
      noteFunction(node, facts);
      if (tableCalls.has(node)) judgeTableFunction(node, facts);
      else judgeFunction(node, facts);
      break;
    case "WINDOW":
      noteFunction(node, facts);
      judgeFunction(node, facts);
      break;
    case "COLUMN_REF":
      judgeColumn(node, facts);
      break;
    case "PARAMETER":
      judgeParameter(node, facts);
      break;
  }
}

function noteFunction(node: Fields, facts: Facts): void {
  if (node.is_operator === true) return;
  facts.functions.push({ at: locationOf(node), value: folded(String(node.function_name)) });
}

/** Where no column has the name, `current_date` is the function. */
function judgeColumn(node: Fields, facts: Facts): void {
  const [name, ...more] = node.column_names as readonly string[];
  if (name === undefined || more.length > 0) return;
  if (isBareFunction(name)) facts.changing = true;
}

function judgeParameter(node: Fields, facts: Facts): void {
  const number = /^[1-9]\d{0,3}$/.test(String(node.identifier)) ? Number(node.identifier) : null;
  if (number === null)
    facts.refusals.add("parameter_name", "Parameters are written $1, $2 …: names are not allowed.");
  else facts.parameterCount = Math.max(facts.parameterCount, number);
}

/** A type by name is looked for in the catalogue, and where it is not found in extensions. */
function judgeType(node: Fields, facts: Facts): void {
  const pending: unknown[] = [node.type_info];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const info = next as Fields;
    // A length or a scale is a value; were it an expression, nothing would have judged it.
    if (info.class !== undefined)
      facts.refusals.add("construct_not_allowed", "A type may hold no expression.");
    if (info.type === "UNBOUND_TYPE_INFO") {
      const known = types.has(folded(String(info.name))) && !info.schema && !info.catalog;
      if (!known)
        facts.refusals.add(
          "type_not_allowed",
          `The type ${shown(String(info.name))} is not known.`,
        );
    }
    pending.push(...Object.values(info));
  }
}

function locationOf(node: Fields): number {
  return typeof node.query_location === "number" ? node.query_location : Number.MAX_SAFE_INTEGER;
}
