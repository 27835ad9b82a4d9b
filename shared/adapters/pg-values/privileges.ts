/** Reads what the connected login could do beyond reading: one row per finding. */

/**
 * $1: the schemas of the source, as text[]. Columns: severity, privilege, evidence. Membership counts when it can be
 * used, at once or after SET ROLE (PostgreSQL 18, 9.27: pg_has_role with MEMBER).
 */
export const PRIVILEGES_SQL = `
with me as (
  select r.* from pg_roles r where r.rolname = current_user
), member as (
  select r.rolname from pg_roles r where r.rolname <> current_user and pg_has_role(current_user, r.oid, 'member')
), tables as (
  select c.oid, n.nspname || '.' || c.relname as name, c.relowner
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
)
select 'danger', 'superuser', 'The login ' || current_user || ' is a superuser.' from me where rolsuper
union all
select 'danger', 'replication', 'The login ' || current_user || ' may replicate the whole server.' from me where rolreplication and not rolsuper
union all
select 'danger', 'create_role', 'The login ' || current_user || ' may create roles.' from me where rolcreaterole and not rolsuper
union all
select 'warning', 'create_database', 'The login ' || current_user || ' may create databases.' from me where rolcreatedb and not rolsuper
union all
select 'warning', 'bypass_row_security', 'The login ' || current_user || ' is not bound by row-level security.' from me where rolbypassrls and not rolsuper
union all
select 'danger', case member.rolname when 'pg_execute_server_program' then 'server_programs' else 'server_files' end,
  'The login ' || current_user || ' is a member of ' || member.rolname || '.'
from member cross join me
where member.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program') and not me.rolsuper
union all
select 'warning', 'signal', 'The login ' || current_user || ' may end the sessions of others (' || member.rolname || ').'
from member cross join me where member.rolname = 'pg_signal_backend' and not me.rolsuper
union all
select 'warning', 'write', 'The login ' || current_user || ' may change ' || count(*) || ' tables, ' || min(name) || ' among them.'
from tables cross join me
where not me.rolsuper
  and (has_table_privilege(tables.oid, 'insert') or has_table_privilege(tables.oid, 'update') or has_table_privilege(tables.oid, 'delete') or has_table_privilege(tables.oid, 'truncate'))
having count(*) > 0
union all
select 'warning', 'create', 'The login ' || current_user || ' may create objects in the schema ' || n.nspname || '.'
from pg_namespace n cross join me
where n.nspname = any ($1::text[]) and has_schema_privilege(n.oid, 'create') and not me.rolsuper`;
