/** Reads evidence of change for tables: what moves when their rows do. */

/**
 * $1, $2: schemas and names, as text[]. Columns: position (from 1), token. A view stands for every table that it reads,
 * through other views, and a partitioned table for its partitions. The evidence is the file that holds the rows (a new
 * one after TRUNCATE, VACUUM FULL or a rewrite) and the counters of rows inserted, updated and deleted, which the server
 * makes public when a transaction ends, but at most once a second for each session: what a session writes right after
 * that is seen with its next transaction, its end, or after ten idle seconds (PostgreSQL 18, 27.2.2 and pgstat.c). A table that is not found, or that
 * lives elsewhere (a foreign table), has no token.
 */
export const CHANGE_TOKENS_SQL = `
with recursive asked as (
  select a.position, c.oid
  from unnest($1::text[], $2::text[]) with ordinality a(schema, name, position)
  join pg_namespace n on n.nspname = a.schema
  join pg_class c on c.relnamespace = n.oid and c.relname = a.name
), reached as (
  select position, oid from asked
  union
  select r.position, next.oid
  from reached r cross join lateral (
    select i.inhrelid as oid from pg_inherits i where i.inhparent = r.oid
    union all
    select d.refobjid
    from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
    where w.ev_class = r.oid and d.refobjid <> r.oid
  ) next
)
select r.position, case when bool_or(c.relkind = 'f') then null else string_agg(
  c.oid || ':' || c.relfilenode || ':' || coalesce(s.n_tup_ins, 0) || ':' || coalesce(s.n_tup_upd, 0) || ':' || coalesce(s.n_tup_del, 0),
  ',' order by c.oid) end
from reached r join pg_class c on c.oid = r.oid left join pg_stat_all_tables s on s.relid = c.oid
group by r.position`;
