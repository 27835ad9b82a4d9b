/** Reads evidence of change for tables: what moves when their rows, or what is made of them, may have. */

/**
 * $1, $2: schemas and names, as text[]. Columns: position (from 1), token. A view stands for every table that it reads,
 * through other views, and a partitioned table for its partitions. A token is made of
 * - the catalogue's rows of the relation, its columns, row policies and rules: a changed definition changes answers;
 * - the file that holds the rows: a new one after TRUNCATE, VACUUM FULL or a rewrite;
 * - where the change triggers are installed (change-triggers.ts), their count, which moves with the very transaction
 *   that changed the rows, counting those of its parents as well, since a statement fires triggers of the table that it
 *   names; otherwise the server's counters of rows inserted, updated and deleted, and when these were last reset. The
 *   server makes them public when a transaction ends, but at most once a second for each session: what a session writes
 *   right after that is seen with its next transaction, its end, or after ten idle seconds (PostgreSQL 18, 27.2.2 and
 *   pgstat.c).
 * No token has a table that is not found or that lives elsewhere (a foreign table), nor a view whose rows may change
 * while no table does: one that asks for the time, the session or chance, or a function of a user's.
 */
const changeTokensSql = (epochs: string): string => `
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
), watched as (
  select position, oid from reached
  union
  select w.position, i.inhparent from watched w join pg_inherits i on i.inhrelid = w.oid
), described as (
  select w.position, c.oid, c.relkind,
    c.oid || ':' || c.relfilenode || ':' || c.xmin || ':' || concat_ws(':',
      (select sum(a.xmin::text::bigint) from pg_attribute a where a.attrelid = c.oid),
      (select sum(p.xmin::text::bigint) from pg_policy p where p.polrelid = c.oid),
      (select sum(r.xmin::text::bigint) from pg_rewrite r where r.ev_class = c.oid)) || ':' || ${epochs} as token,
    exists (
      select from pg_rewrite r
      where r.ev_class = c.oid and (
        r.ev_action::text like '%{SQLVALUEFUNCTION %'
        or exists (select from pg_depend d where d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_proc'::regclass)
        or exists (
          select from regexp_matches(r.ev_action::text, ':(?:funcid|aggfnoid|winfnoid) (\\d+)', 'g') m(id)
          join pg_proc f on f.oid = m.id[1]::oid
          where f.provolatile = 'v' or f.provolatile = 's' and (f.pronargs = 0 or f.proname in ('current_setting', 'age'))))
    ) as moves_alone
  from watched w join pg_class c on c.oid = w.oid left join pg_stat_all_tables s on s.relid = c.oid
)
select position, case when bool_or(relkind = 'f' or moves_alone) then null else string_agg(token, ',' order by oid) end,
  to_regclass('mcp_cache.change_epoch') is not null
from described
group by position`;

const COUNTERS = `concat_ws(':', coalesce(s.n_tup_ins, 0), coalesce(s.n_tup_upd, 0), coalesce(s.n_tup_del, 0),
      (select extract(epoch from b.stats_reset) from pg_stat_database b where b.datname = current_database()),
      (select extract(epoch from g.stats_reset) from pg_stat_bgwriter g),
      extract(epoch from pg_postmaster_start_time()))`;

/** By the server's counters alone. */
export const CHANGE_TOKENS_SQL: string = changeTokensSql(COUNTERS);

/** Where the triggers' table is there: by its counts for every table that has the trigger. */
export const EXACT_CHANGE_TOKENS_SQL: string = changeTokensSql(`case
      when exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'mcp_note_change' and t.tgenabled = 'A')
      then 'e' || coalesce((select sum(e.epoch) from mcp_cache.change_epoch e where e.relid = c.oid), 0)
        || '/' || (select k.oid || '/' || k.relfilenode from pg_class k where k.oid = 'mcp_cache.change_epoch'::regclass)
      else ${COUNTERS} end`);
