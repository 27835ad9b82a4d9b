/** Reads a PGlite database's public schema into a SourceSchema, for tests of the question engine. */
import type { PGlite } from "@electric-sql/pglite";
import type { ColumnInfo, ForeignKey, SourceSchema } from "../../shared/sources/ports.ts";

const mostValues = 50;

const columnsSql = `
select c.relname as "table", a.attname as name, format_type(a.atttypid, null) as type, not a.attnotnull as nullable,
       col_description(c.oid, a.attnum) as comment, obj_description(c.oid) as table_comment, c.reltuples::integer as rows,
       coalesce(a.attnum = any (k.conkey), false) as key
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname, a.attnum`;

const keysSql = `
select k.conrelid::regclass::text as "table", k.confrelid::regclass::text as parent,
  (select array_agg(attname::text order by at) from unnest(k.conkey) with ordinality u(num, at) join pg_attribute on attrelid = k.conrelid and attnum = num) as columns,
  (select array_agg(attname::text order by at) from unnest(k.confkey) with ordinality u(num, at) join pg_attribute on attrelid = k.confrelid and attnum = num) as parent_columns
from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace order by k.conname`;

interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly comment: string | null;
  readonly table_comment: string | null;
  readonly rows: number;
  readonly key: boolean;
}

interface KeyRow {
  readonly table: string;
  readonly parent: string;
  readonly columns: string[];
  readonly parent_columns: string[];
}

export async function introspectPglite(db: PGlite): Promise<SourceSchema> {
  const { rows: columns } = await db.query<ColumnRow>(columnsSql);
  const { rows: keys } = await db.query<KeyRow>(keysSql);
  const names = [...new Set(columns.map((column) => column.table))];
  const tables = [];
  for (const name of names) {
    const own = columns.filter((column) => column.table === name);
    const infos: ColumnInfo[] = [];
    for (const column of own) {
      const values =
        column.type === "text" ? await distinctValues(db, name, column.name) : undefined;
      infos.push({
        name: column.name,
        type: column.type,
        nullable: column.nullable,
        ...(column.comment === null ? {} : { comment: column.comment }),
        ...(values === undefined ? {} : { values }),
      });
    }
    const foreignKeys = keys
      .filter((key) => key.table === name)
      .map(
        (key): ForeignKey => ({
          columns: key.columns,
          references: { schema: "public", table: key.parent, columns: key.parent_columns },
        }),
      );
    const first = own[0];
    tables.push({
      schema: "public",
      name,
      kind: "table" as const,
      ...(first?.table_comment == null ? {} : { comment: first.table_comment }),
      columns: infos,
      primaryKey: own.filter((column) => column.key).map((column) => column.name),
      foreignKeys,
      estimatedRows: first?.rows ?? 0,
    });
  }
  return { tables, version: "test" };
}

async function distinctValues(
  db: PGlite,
  table: string,
  column: string,
): Promise<readonly string[] | undefined> {
  const { rows } = await db.query<{ value: string }>(
    `select ${column} as value from ${table} where ${column} is not null group by 1 order by count(*) desc, 1 limit ${mostValues + 1}`,
  );
  return rows.length > mostValues ? undefined : rows.map((row) => row.value);
}
