/**
 * Every node of DuckDB's serialised SELECT that a reading statement may hold, with every field and what is in it
 * (DuckDB 1.5, src/include/duckdb/storage/serialization/*.json). A class, a type or a field that is not here is refused.
 */

/** What a field holds: lists of it count as it does, null as nothing. */
export type FieldKind =
  | "leaf"
  | "expression"
  | "query"
  | "statement"
  | "relation"
  | "modifier"
  | "order"
  | "ctes"
  | "case"
  | "replacement"
  | "pivot"
  | "pivotEntry"
  | "sample"
  | "value"
  | "type"
  /** The walk has a rule of its own for it, or it must be empty. */
  | "empty";

export type Shape = Readonly<Record<string, FieldKind>>;

const expression = (fields: Shape): Shape => ({
  class: "leaf",
  type: "leaf",
  alias: "leaf",
  query_location: "leaf",
  ...fields,
});

/** By `class`. */
export const EXPRESSIONS: Readonly<Record<string, Shape>> = {
  BETWEEN: expression({ input: "expression", lower: "expression", upper: "expression" }),
  CASE: expression({ case_checks: "case", else_expr: "expression" }),
  CAST: expression({ child: "expression", cast_type: "type", try_cast: "leaf" }),
  COLLATE: expression({ child: "expression", collation: "leaf" }),
  COLUMN_REF: expression({ column_names: "leaf" }),
  COMPARISON: expression({ left: "expression", right: "expression" }),
  CONJUNCTION: expression({ children: "expression" }),
  CONSTANT: expression({ value: "value" }),
  FUNCTION: expression({
    function_name: "leaf",
    schema: "leaf",
    catalog: "empty",
    children: "expression",
    filter: "expression",
    order_bys: "modifier",
    distinct: "leaf",
    is_operator: "leaf",
    export_state: "empty",
  }),
  LAMBDA: expression({ lhs: "expression", expr: "expression", syntax_type: "leaf" }),
  OPERATOR: expression({ children: "expression" }),
  PARAMETER: expression({ identifier: "leaf" }),
  POSITIONAL_REFERENCE: expression({ index: "leaf" }),
  STAR: expression({
    relation_name: "leaf",
    exclude_list: "leaf",
    qualified_exclude_list: "leaf",
    rename_list: "leaf",
    replace_list: "replacement",
    columns: "leaf",
    expr: "expression",
  }),
  SUBQUERY: expression({
    subquery_type: "leaf",
    subquery: "statement",
    child: "expression",
    comparison_type: "leaf",
  }),
  WINDOW: expression({
    function_name: "leaf",
    schema: "leaf",
    catalog: "empty",
    children: "expression",
    partitions: "expression",
    orders: "order",
    arg_orders: "order",
    start: "leaf",
    end: "leaf",
    start_expr: "expression",
    end_expr: "expression",
    offset_expr: "expression",
    default_expr: "expression",
    filter_expr: "expression",
    ignore_nulls: "leaf",
    distinct: "leaf",
    exclude_clause: "leaf",
  }),
};

const query = (fields: Shape): Shape => ({
  type: "leaf",
  modifiers: "modifier",
  cte_map: "ctes",
  ...fields,
});

export const QUERIES: Readonly<Record<string, Shape>> = {
  SELECT_NODE: query({
    select_list: "expression",
    from_table: "relation",
    where_clause: "expression",
    group_expressions: "expression",
    group_sets: "leaf",
    aggregate_handling: "leaf",
    having: "expression",
    sample: "sample",
    qualify: "expression",
  }),
  SET_OPERATION_NODE: query({
    setop_type: "leaf",
    left: "query",
    right: "query",
    children: "query",
    setop_all: "leaf",
  }),
  RECURSIVE_CTE_NODE: query({
    cte_name: "leaf",
    union_all: "leaf",
    left: "query",
    right: "query",
    aliases: "leaf",
    key_targets: "expression",
  }),
};

const relation = (fields: Shape): Shape => ({
  type: "leaf",
  alias: "leaf",
  sample: "sample",
  query_location: "leaf",
  ...fields,
});

export const RELATIONS: Readonly<Record<string, Shape>> = {
  BASE_TABLE: relation({
    schema_name: "leaf",
    table_name: "leaf",
    column_name_alias: "leaf",
    catalog_name: "empty",
    // Time travel, which files do not have.
    at_clause: "empty",
  }),
  SUBQUERY: relation({ subquery: "statement", column_name_alias: "leaf" }),
  JOIN: relation({
    left: "relation",
    right: "relation",
    condition: "expression",
    join_type: "leaf",
    ref_type: "leaf",
    using_columns: "leaf",
    delim_flipped: "leaf",
    duplicate_eliminated_columns: "expression",
  }),
  TABLE_FUNCTION: relation({
    function: "expression",
    column_name_alias: "leaf",
    with_ordinality: "leaf",
  }),
  EXPRESSION_LIST: relation({
    expected_names: "leaf",
    expected_types: "type",
    values: "expression",
  }),
  EMPTY: relation({}),
  PIVOT: relation({
    source: "relation",
    aggregates: "expression",
    unpivot_names: "leaf",
    pivots: "pivot",
    groups: "leaf",
    column_name_alias: "leaf",
    include_nulls: "leaf",
  }),
  SHOW_REF: relation({
    // `SHOW TABLES`, `SHOW DATABASES`: lists of the catalogue, which have no query.
    table_name: "empty",
    query: "query",
    show_type: "leaf",
    catalog_name: "empty",
    schema_name: "empty",
  }),
};

export const MODIFIERS: Readonly<Record<string, Shape>> = {
  ORDER_MODIFIER: { type: "leaf", orders: "order" },
  LIMIT_MODIFIER: { type: "leaf", limit: "expression", offset: "expression" },
  LIMIT_PERCENT_MODIFIER: { type: "leaf", limit: "expression", offset: "expression" },
  DISTINCT_MODIFIER: { type: "leaf", distinct_on_targets: "expression" },
};

/** Objects that have one shape each. */
export const PARTS: Readonly<Partial<Record<FieldKind, Shape>>> = {
  statement: { node: "query", named_param_map: "leaf" },
  order: { type: "leaf", null_order: "leaf", expression: "expression" },
  case: { when_expr: "expression", then_expr: "expression" },
  replacement: { key: "leaf", value: "expression" },
  pivot: {
    pivot_expressions: "expression",
    unpivot_names: "leaf",
    entries: "pivotEntry",
    subquery: "query",
    pivot_enum: "empty",
  },
  pivotEntry: { values: "value", star_expr: "expression", alias: "leaf" },
  sample: { sample_size: "value", is_percentage: "leaf", method: "leaf", seed: "leaf" },
  value: { type: "type", is_null: "leaf", value: "leaf" },
};
