/** Which system relations a read may name: a short list for schema discovery, nothing that holds secrets or values. */

const CATALOG_RELATIONS: ReadonlySet<string> = new Set([
  "pg_attrdef",
  "pg_attribute",
  "pg_class",
  "pg_collation",
  "pg_constraint",
  "pg_description",
  "pg_enum",
  "pg_index",
  "pg_indexes",
  "pg_inherits",
  "pg_matviews",
  "pg_namespace",
  "pg_partitioned_table",
  "pg_range",
  "pg_sequence",
  "pg_tables",
  "pg_timezone_names",
  "pg_timezone_abbrevs",
  "pg_type",
  "pg_views",
]);

/** Left out: everything on grants, roles, routines' bodies, triggers, foreign servers and their options. */
const INFORMATION_SCHEMA_RELATIONS: ReadonlySet<string> = new Set([
  "attributes",
  "character_sets",
  "check_constraints",
  "collations",
  "column_column_usage",
  "column_domain_usage",
  "column_udt_usage",
  "columns",
  "constraint_column_usage",
  "constraint_table_usage",
  "domain_constraints",
  "domains",
  "element_types",
  "information_schema_catalog_name",
  "key_column_usage",
  "referential_constraints",
  "schemata",
  "sequences",
  "table_constraints",
  "tables",
  "user_defined_types",
  "view_column_usage",
  "view_table_usage",
  "views",
]);

export type RelationVerdict =
  | { readonly kind: "user" }
  /** The schema in which PostgreSQL finds it. */
  | { readonly kind: "system"; readonly schema: string }
  | { readonly kind: "refused"; readonly reason: string };

const USER: RelationVerdict = { kind: "user" };

/** `schema` is null for an unqualified name that no CTE in scope carries. Names as parsed: folded unless quoted. */
export function judgeRelation(schema: string | null, name: string): RelationVerdict {
  if (schema === "information_schema") {
    return INFORMATION_SCHEMA_RELATIONS.has(name)
      ? { kind: "system", schema }
      : refused(
          "it is not one of the views of information_schema that describe tables and columns",
        );
  }
  if (schema === "pg_catalog" || (schema === null && name.startsWith("pg_"))) {
    return CATALOG_RELATIONS.has(name)
      ? { kind: "system", schema: "pg_catalog" }
      : refused(
          "it belongs to the system catalogue and is not needed to describe tables and columns",
        );
  }
  if (schema?.startsWith("pg_")) return refused("it lies in a schema of the system");
  // Extensions put their views (pg_stat_statements, pg_buffercache …) into ordinary schemas; PostgreSQL's manual
  // keeps the prefix for the system, so a table of the user's that carries it is the rarer case.
  if (name.startsWith("pg_"))
    return refused("names that begin with pg_ belong to the system and its extensions");
  return USER;
}

function refused(reason: string): RelationVerdict {
  return { kind: "refused", reason };
}
