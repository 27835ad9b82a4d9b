/** The name PostgreSQL gives an output column that has none (FigureColname in parse_target.c). */
import { type Fields, stringsOf } from "./statement-facts.ts";

const FIXED: Readonly<Record<string, string>> = {
  GroupingFunc: "grouping",
  A_ArrayExpr: "array",
  RowExpr: "row",
  CoalesceExpr: "coalesce",
  XmlSerialize: "xmlserialize",
  JsonParseExpr: "json",
  JsonScalarExpr: "json_scalar",
  JsonSerializeExpr: "json_serialize",
  JsonObjectConstructor: "json_object",
  JsonArrayConstructor: "json_array",
  JsonArrayQueryConstructor: "json_array",
  JsonObjectAgg: "json_objectagg",
  JsonArrayAgg: "json_arrayagg",
};

/** By the node's `op`. */
const BY_OPERATION: Readonly<Record<string, string>> = {
  IS_GREATEST: "greatest",
  IS_LEAST: "least",
  IS_XMLCONCAT: "xmlconcat",
  IS_XMLELEMENT: "xmlelement",
  IS_XMLFOREST: "xmlforest",
  IS_XMLPARSE: "xmlparse",
  IS_XMLPI: "xmlpi",
  IS_XMLROOT: "xmlroot",
  JSON_EXISTS_OP: "json_exists",
  JSON_QUERY_OP: "json_query",
  JSON_VALUE_OP: "json_value",
  SVFOP_CURRENT_DATE: "current_date",
  SVFOP_CURRENT_TIME: "current_time",
  SVFOP_CURRENT_TIME_N: "current_time",
  SVFOP_CURRENT_TIMESTAMP: "current_timestamp",
  SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
  SVFOP_LOCALTIME: "localtime",
  SVFOP_LOCALTIME_N: "localtime",
  SVFOP_LOCALTIMESTAMP: "localtimestamp",
  SVFOP_LOCALTIMESTAMP_N: "localtimestamp",
  SVFOP_CURRENT_ROLE: "current_role",
  SVFOP_CURRENT_USER: "current_user",
  SVFOP_USER: "user",
  SVFOP_SESSION_USER: "session_user",
  SVFOP_CURRENT_CATALOG: "current_catalog",
  SVFOP_CURRENT_SCHEMA: "current_schema",
};

interface Guess {
  readonly name: string;
  /** A weak name gives way to a type's or a CASE's own. */
  readonly strong: boolean;
}

export function outputName(expression: unknown): string {
  return guess(expression)?.name ?? "?column?";
}

function guess(wrapped: unknown): Guess | null {
  if (typeof wrapped !== "object" || wrapped === null) return null;
  const [type = ""] = Object.keys(wrapped);
  const node = (wrapped as Record<string, Fields>)[type] ?? {};
  switch (type) {
    case "ColumnRef":
      return strong(stringsOf(node.fields).at(-1));
    case "FuncCall":
      return strong(stringsOf(node.funcname).at(-1));
    case "A_Indirection":
      return strong(stringsOf(node.indirection).at(-1)) ?? guess(node.arg);
    case "CollateClause":
      return guess(node.arg);
    case "A_Expr":
      return node.kind === "AEXPR_NULLIF" ? strong("nullif") : null;
    case "TypeCast":
      return castName(node);
    case "CaseExpr":
      return caseName(node);
    case "SubLink":
      return subqueryName(node);
    default:
      return strong(FIXED[type] ?? BY_OPERATION[String(node.op)]);
  }
}

const strong = (name: string | undefined): Guess | null =>
  name === undefined ? null : { name, strong: true };

function castName(node: Fields): Guess | null {
  const inner = guess(node.arg);
  if (inner?.strong) return inner;
  const type = stringsOf((node.typeName as Fields | undefined)?.names).at(-1);
  return type === undefined ? inner : { name: type, strong: false };
}

function caseName(node: Fields): Guess {
  const inner = guess(node.defresult);
  return inner?.strong ? inner : { name: "case", strong: false };
}

function subqueryName(node: Fields): Guess | null {
  if (node.subLinkType === "EXISTS_SUBLINK") return strong("exists");
  if (node.subLinkType === "ARRAY_SUBLINK") return strong("array");
  if (node.subLinkType !== "EXPR_SUBLINK") return null;
  const select = (node.subselect as { readonly SelectStmt?: Fields } | undefined)?.SelectStmt;
  const [first] = (select?.targetList ?? []) as readonly { readonly ResTarget?: Fields }[];
  const name = first?.ResTarget?.name;
  return typeof name === "string" ? strong(name) : guess(first?.ResTarget?.val);
}
