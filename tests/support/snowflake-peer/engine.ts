/** The engine behind the peer: PGlite with the Snowflake functions, types and views that the tests use. */
import { PGlite } from "@electric-sql/pglite";
import { type EngineResult, encodeResult, type RowType, type SnowflakeRow } from "./encode.ts";
import { toPostgres } from "./translate.ts";

export interface Binding {
  readonly type: string;
  readonly value: string | null;
}

export interface EngineRun {
  readonly sql: string;
  readonly bindings: readonly Binding[];
  /** Session variables, which GETVARIABLE reads. */
  readonly variables: ReadonlyMap<string, string>;
  readonly database: string;
}

export interface Engine {
  run(run: EngineRun): Promise<{ rowtype: RowType[]; rows: SnowflakeRow[] }>;
  /** Sets tables up, in PostgreSQL's own SQL. */
  exec(sql: string): Promise<void>;
  close(): Promise<void>;
}

const SNOWFLAKE_IN_POSTGRES = `
create type timestamp_tz as (at timestamptz, minutes integer);
create function to_timestamp_tz(t text) returns timestamp_tz language sql immutable as $f$
  select row(t::timestamptz, case when t ~ '[+-]\\d\\d:\\d\\d$'
    then (substring(t from '([+-]\\d\\d):\\d\\d$')::int * 60 + sign(substring(t from '([+-]\\d\\d):\\d\\d$')::numeric)::int * substring(t from ':(\\d\\d)$')::int) else 0 end)::timestamp_tz $f$;
create function to_timestamp_ntz(t text) returns timestamp language sql immutable as $f$ select t::timestamp $f$;
create function to_timestamp_ltz(t text) returns timestamptz language sql stable as $f$ select t::timestamptz $f$;
create function to_date(t text) returns date language sql immutable as $f$ select t::date $f$;
create function to_time(t text) returns time language sql immutable as $f$ select t::time $f$;
create function to_binary(t text, form text) returns bytea language sql immutable as $f$ select decode(t, form) $f$;
create function parse_json(t text) returns json language sql immutable as $f$ select t::json $f$;
create function array_construct(variadic v anyarray) returns json language sql immutable as $f$ select to_json(v) $f$;
create function sha2(t text, bits integer) returns text language sql immutable as $f$ select encode(sha256(convert_to(t, 'UTF8')), 'hex') $f$;
create function to_number(t text) returns numeric language sql immutable as $f$ select t::numeric $f$;
create function to_double(t text) returns float8 language sql immutable as $f$ select t::float8 $f$;
create function getvariable(name text) returns text language sql stable as $f$
  select current_setting('variable.' || lower(name), true) $f$;
create function last_change(name text) returns bigint language plpgsql stable as $f$
declare part text[]; changed bigint; begin
  part := regexp_match(name, '^"[^"]+"\\."([^"]+)"\\."([^"]+)"$');
  execute format('select coalesce(max(xmin::text::bigint), 0) * 1000 + count(*) from %I.%I', lower(part[1]), lower(part[2])) into changed;
  return 1790000000000000000 + changed;
end $f$;
create function waited(seconds numeric) returns text language sql immutable as $f$ select 'waited ' || seconds || ' seconds' $f$;
create schema sf_information;
create view sf_information.tables as
  select upper(n.nspname) as table_schema, upper(c.relname) as table_name,
    case c.relkind when 'v' then 'VIEW' else 'BASE TABLE' end as table_type, obj_description(c.oid, 'pg_class') as comment,
    case when c.relkind = 'r' then greatest(c.reltuples, 0)::bigint end as row_count, timestamptz '2026-03-01 12:00:00+00' as last_altered
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v') and n.nspname not like 'pg_%';
create view sf_information.columns as
  select upper(n.nspname) as table_schema, upper(c.relname) as table_name, upper(a.attname) as column_name, a.attnum as ordinal_position,
    case when t.typname in ('int2','int4','int8','numeric') then 'NUMBER' when t.typname = 'timestamptz' then 'TIMESTAMP_LTZ'
      when t.typname = 'timestamp' then 'TIMESTAMP_NTZ' when t.typname in ('json','jsonb') then 'VARIANT' when t.typname = 'bool' then 'BOOLEAN' else upper(t.typname) end as data_type,
    case when t.typname = 'numeric' and a.atttypmod > 0 then ((a.atttypmod - 4) >> 16) when t.typname in ('int2','int4','int8','numeric') then 38 end as numeric_precision,
    case when t.typname = 'numeric' and a.atttypmod > 0 then ((a.atttypmod - 4) & 65535) when t.typname in ('int2','int4','int8','numeric') then 0 end as numeric_scale,
    case when a.attnotnull then 'NO' else 'YES' end as is_nullable, col_description(c.oid, a.attnum) as comment
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v');
create view sf_information.keys as
  select k.contype, k.conname, upper(n.nspname) as schema_name, upper(c.relname) as table_name, upper(a.attname) as column_name, p.position as key_sequence,
    upper(fn.nspname) as pk_schema_name, upper(fc.relname) as pk_table_name, upper(fa.attname) as pk_column_name
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  cross join lateral unnest(k.conkey, k.confkey) with ordinality p(attnum, fattnum, position)
  join pg_attribute a on a.attrelid = c.oid and a.attnum = p.attnum
  left join pg_class fc on fc.oid = k.confrelid left join pg_namespace fn on fn.oid = fc.relnamespace
  left join pg_attribute fa on fa.attrelid = fc.oid and fa.attnum = p.fattnum;
`;

/** Every value as the text that the server sent; the engine's own types come as text anyway. */
const LAST_BUILTIN_OID = 10_000;
const asText = Object.fromEntries(
  Array.from({ length: LAST_BUILTIN_OID }, (_, oid) => [oid, (text: string) => text]),
);

export async function startEngine(): Promise<Engine> {
  const db = new PGlite();
  await db.exec(SNOWFLAKE_IN_POSTGRES);
  await db.exec("set timezone = 'UTC'");
  const { rows } = await db.query<{ oid: number }>(
    "select 'timestamp_tz'::regtype::oid::int as oid",
  );
  const zoneOid = rows[0]?.oid ?? 0;
  return {
    run: async ({ sql, bindings, variables, database }) => {
      const text = toPostgres(sql, bindings, database);
      const result = await db.transaction(async (transaction) => {
        for (const [name, value] of variables)
          await transaction.query("select set_config($1, $2, true)", [
            `variable.${name.toLowerCase()}`,
            value,
          ]);
        return transaction.query(
          text,
          bindings.map(({ value }) => value),
          { rowMode: "array", parsers: asText },
        );
      });
      return encodeResult(result as unknown as EngineResult, zoneOid);
    },
    exec: async (sql) => {
      await db.exec(sql);
    },
    close: () => db.close(),
  };
}
