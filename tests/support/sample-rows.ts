/** Fills every table of a schema with rows made from its columns, whatever a migration has created. */
import { sql } from "kysely";
import type { MetadataDatabase } from "../../shared/adapters/metadata/database.ts";

interface Column {
  readonly name: string;
  readonly type: string;
  /** A literal that the column's check constraint allows, where it has one. */
  readonly allowed: string | null;
}

export interface SampleTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

export type SampleRow = Readonly<Record<string, unknown>>;

/** Columns that the database fills itself are left out, as are the migrator's own tables and the parts of others. */
export async function readTables(db: MetadataDatabase): Promise<readonly SampleTable[]> {
  const { rows } = await sql<{ table: string; name: string; type: string; checks: string | null }>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
      (select string_agg(pg_get_constraintdef(k.oid), ' ') from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]) as checks
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname not like 'kysely%' and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' and a.attidentity = ''
    order by c.relname, a.attnum`.execute(db);
  const tables = new Map<string, Column[]>();
  for (const { table, name, type, checks } of rows) {
    const allowed = /'((?:[^']|'')*)'/.exec(checks ?? "")?.[1] ?? null;
    tables.set(table, [...(tables.get(table) ?? []), { name, type, allowed }]);
  }
  return [...tables].map(([name, columns]) => ({ name, columns }));
}

/** One row per table, number `n`: equal values in all tables, so that what refers to another finds it. */
export async function insertRows(
  db: MetadataDatabase,
  tables: readonly SampleTable[],
  n: number,
): Promise<void> {
  let waiting = [...tables];
  while (waiting.length > 0) {
    const failed: { table: SampleTable; error: unknown }[] = [];
    for (const table of waiting)
      await insertRow(db, table, n).catch((error: unknown) => failed.push({ table, error }));
    // A table that refers to another comes after it; when none got further, it is something else.
    if (failed.length === waiting.length) throw failed[0]?.error;
    waiting = failed.map(({ table }) => table);
  }
}

async function insertRow(db: MetadataDatabase, table: SampleTable, n: number): Promise<void> {
  const names = table.columns.map(({ name }) => sql.ref(name));
  const values = table.columns.map(
    (column) => sql`${sampleOf(column, n)}::${sql.raw(column.type)}`,
  );
  await sql`insert into ${sql.table(table.name)} (${sql.join(names)}) values (${sql.join(values)})`.execute(
    db,
  );
}

function sampleOf({ type, allowed }: Column, n: number): string {
  if (allowed !== null) return allowed;
  if (type.endsWith("[]")) return "{}";
  if (/^json/.test(type)) return JSON.stringify({ n });
  if (/^(integer|bigint|smallint|numeric|double|real)/.test(type)) return String(n);
  if (/^(timestamp|date)/.test(type)) return new Date(Date.UTC(2026, 0, n)).toISOString();
  if (type === "boolean") return "true";
  if (type === "bytea") return `\\x0${n}`;
  if (type === "uuid") return `00000000-0000-4000-8000-00000000000${n}`;
  return `value-${n}`;
}

/** The rows of a table in these columns, as JSON, in a fixed order. */
export async function readRows(
  db: MetadataDatabase,
  table: SampleTable,
): Promise<readonly SampleRow[]> {
  const names = table.columns.map(({ name }) => sql.ref(name));
  const { rows } = await sql<{ row: SampleRow }>`
    select to_jsonb(t) as row from (select ${sql.join(names)} from ${sql.table(table.name)}) t
    order by to_jsonb(t)::text`.execute(db);
  return rows.map(({ row }) => row);
}
