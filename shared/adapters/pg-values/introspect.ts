/** Reads a PostgreSQL catalogue into the schema that the query path works with: one statement, one round trip. */
import { sha256Hex } from "../../kernel/digest.ts";
import type { SourceSchema, TableInfo } from "../../sources/ports.ts";

/** A column with at most this many distinct values (from the planner's statistics) has them listed. */
export const MAX_LISTED_VALUES = 100;

/**
 * $1: the schemas to show, as text[]. One row with the functions that attribute notation could call (one argument is
 * enough, and an unqualified name finds them), then one per table with a JSON document. Only what this login may read
 * is shown. Distinct values come from pg_stats: no table is scanned.
 */
export const INTROSPECT_SQL = `
select coalesce(json_agg(distinct p.proname), '[]')::text
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname <> 'pg_catalog' and n.nspname = any (current_schemas(true))
  and p.prokind = 'f' and p.pronargs > 0 and p.pronargs - p.pronargdefaults <= 1
union all (
select json_build_object(
  'schema', n.nspname, 'name', c.relname,
  'kind', case when c.relkind in ('v', 'm') then 'view' else 'table' end,
  'comment', obj_description(c.oid, 'pg_class'),
  'estimatedRows', case when c.reltuples >= 0 then c.reltuples::bigint end,
  'columns', (
    select coalesce(json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull,
      'comment', col_description(c.oid, a.attnum), 'values', v.listed) order by a.attnum), '[]')
    from pg_attribute a
    left join lateral (
      select to_json(coalesce(s.most_common_vals::text::text[], '{}') || coalesce(s.histogram_bounds::text::text[], '{}')) as listed
      from pg_stats s
      where s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname and not s.inherited
        and a.atttypid in (25, 1043, 1042, 16)
        and case when s.n_distinct >= 0 then s.n_distinct else -s.n_distinct * greatest(c.reltuples, 0) end between 1 and ${MAX_LISTED_VALUES}
    ) v on true
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'primaryKey', (
    select coalesce(json_agg(a.attname order by k.position), '[]')
    from pg_constraint p cross join lateral unnest(p.conkey) with ordinality k(attnum, position)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where p.conrelid = c.oid and p.contype = 'p'),
  'foreignKeys', (
    select coalesce(json_agg(json_build_object(
      'columns', (select json_agg(a.attname order by k.position) from unnest(f.conkey) with ordinality k(attnum, position) join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
      'references', json_build_object('schema', fn.nspname, 'table', fc.relname,
        'columns', (select json_agg(a.attname order by k.position) from unnest(f.confkey) with ordinality k(attnum, position) join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum))) order by f.conname), '[]')
    from pg_constraint f join pg_class fc on fc.oid = f.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
    where f.conrelid = c.oid and f.contype = 'f')
)::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and has_table_privilege(c.oid, 'select')
order by n.nspname, c.relname)`;

/** The rows of INTROSPECT_SQL → the schema. */
export function toSourceSchema([functions = "[]", ...documents]: readonly string[]): SourceSchema {
  const attributeFunctions = JSON.parse(functions) as string[];
  const tables = documents.map(
    (document) => dropNulls(JSON.parse(document)) as unknown as TableInfo,
  );
  const shape = tables.map((t) => [
    t.schema,
    t.name,
    t.kind,
    t.columns.map((c) => [c.name, c.type, c.nullable]),
    t.primaryKey,
    t.foreignKeys,
  ]);
  const version = sha256Hex(JSON.stringify(shape)).slice(0, 16);
  return { tables, version, ...(attributeFunctions.length > 0 && { attributeFunctions }) };
}

/** Optional members are absent, not null. */
function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, dropNulls(member)]),
  );
}
