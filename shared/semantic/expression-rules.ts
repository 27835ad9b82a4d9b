/** What the SQL of metrics and filters may be made of, as data: nodes with their fields, functions, operators and types. */

/** Node → fields that hold nodes. Fields of `LEAVES` are let through; any other field or node is refused. */
export const NODES: Readonly<Record<string, readonly string[]>> = {
  A_Const: ["ival", "fval", "sval", "boolval"],
  A_Expr: ["lexpr", "rexpr"],
  BoolExpr: ["args"],
  BooleanTest: ["arg"],
  CaseExpr: ["arg", "args", "defresult"],
  CaseWhen: ["expr", "result"],
  CoalesceExpr: ["args"],
  ColumnRef: [],
  FuncCall: ["args", "agg_filter"],
  List: ["items"],
  MinMaxExpr: ["args"],
  NullTest: ["arg"],
  SQLValueFunction: [],
  TypeCast: ["arg"],
};

export const LEAVES: ReadonlySet<string> = new Set([
  "agg_distinct",
  "agg_star",
  "boolop",
  "booltesttype",
  "fields",
  "funcformat",
  "funcname",
  "isnull",
  "kind",
  "location",
  "name",
  "nulltesttype",
  "op",
  "rexpr_list_end",
  "rexpr_list_start",
  "typeName",
  "typmod",
]);

/** What a node that is not in the list above is called. */
export const NODE_NAMES: Readonly<Record<string, string>> = {
  A_ArrayExpr: "an array",
  A_Indirection: "a field or element of an expression",
  A_Star: "*",
  GroupingFunc: "GROUPING",
  ParamRef: "a parameter",
  RowExpr: "a list of expressions",
  SetToDefault: "DEFAULT",
  SubLink: "a subquery",
  agg_order: "an ordered aggregate",
  agg_within_group: "an ordered aggregate",
  func_variadic: "VARIADIC",
  over: "a window function",
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

export const AGGREGATES = words(
  "count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp bool_and bool_or",
);

/** Without effects, and known to every dialect or refused by its guard. */
export const FUNCTIONS = words(
  `abs btrim ceil ceiling char_length concat date_part date_trunc exp extract floor left length ln log lower ltrim mod
  now position power replace right round rtrim sign sqrt starts_with substr substring trim upper`,
);

export const OPERATORS: ReadonlySet<string> = new Set([
  ...words("+ - * / % = <> != < <= > >= || ~~ !~~ ~~* !~~* BETWEEN"),
  "NOT BETWEEN",
]);

/** Of the functions that are keywords: the others tell of the session. */
export const VALUE_FUNCTIONS = words("SVFOP_CURRENT_DATE SVFOP_CURRENT_TIMESTAMP");

export const EXPRESSION_KINDS = words(
  `AEXPR_OP AEXPR_IN AEXPR_LIKE AEXPR_ILIKE AEXPR_BETWEEN AEXPR_NOT_BETWEEN AEXPR_DISTINCT AEXPR_NOT_DISTINCT
  AEXPR_NULLIF`,
);

export const TYPES = words(
  `bool boolean bpchar date float4 float8 int2 int4 int8 integer bigint interval numeric decimal real text timestamp
  timestamptz varchar double`,
);
