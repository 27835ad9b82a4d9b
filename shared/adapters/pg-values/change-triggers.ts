/**
 * The script that makes change tokens exact: a count of changing statements for each table, kept by triggers in the
 * writer's own transaction. The owner of the tables runs it; the platform's login only reads.
 */

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * A writer only ever adds a row, so that writers neither wait for each other nor fail for each other's sake, whatever
 * their isolation. Now and then one adds up what others have added: rows that somebody else holds are skipped, and the
 * sum stays what it was. Not in stricter isolation than "read committed", where that could make the writer fail.
 */
export const installChangeTriggers = (
  schemas: readonly string[],
): string => `-- Exact change tokens for the result cache. Run as the owner of the tables; run again after new tables were made.
begin;
create schema if not exists mcp_cache;
create table if not exists mcp_cache.change_epoch (relid oid not null, epoch bigint not null);
create index if not exists change_epoch_relid on mcp_cache.change_epoch (relid);
create or replace function mcp_cache.note_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  insert into mcp_cache.change_epoch (relid, epoch) values (tg_relid, 1);
  if random() < 0.02 and current_setting('transaction_isolation') = 'read committed' then
    with gone as (
      delete from mcp_cache.change_epoch where ctid = any (array(
        select ctid from mcp_cache.change_epoch where relid = tg_relid limit 1000 for update skip locked))
      returning epoch)
    insert into mcp_cache.change_epoch (relid, epoch) select tg_relid, sum(epoch) from gone having count(*) > 0;
  end if;
  return null;
end $body$;
grant usage on schema mcp_cache to public;
grant select on mcp_cache.change_epoch to public;
do $body$
declare named text;
begin
  for named in
    select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname in (${schemas.map(literal).join(", ")})
  loop
    execute format('drop trigger if exists mcp_note_change on %s', named);
    execute format('create trigger mcp_note_change after insert or update or delete or truncate on %s for each statement execute function mcp_cache.note_change()', named);
    -- Also for what logical replication writes.
    execute format('alter table %s enable always trigger mcp_note_change', named);
  end loop;
end $body$;
commit;
`;

export const REMOVE_CHANGE_TRIGGERS = `-- Takes the triggers off every table and forgets their counts.
drop schema if exists mcp_cache cascade;
`;
