/**
 * Puts plain data into PostgreSQL, tolerantly: names keep their case, types are those that the cells keep, and a key
 * that the data breaks is left out and said so, never the rows.
 */

import { quoted } from "../shared/kernel/identifiers.ts";
import type { ForeignKey } from "../shared/sources/ports.ts";
import type { Exec } from "./postgres-host.ts";
import type { Database, DataCell, DataTable } from "./read-database.ts";

const ROWS_AT_ONCE = 2_000;

/** @returns what was passed over, one sentence each. */
export async function loadPostgres(database: Database, exec: Exec): Promise<readonly string[]> {
  const notes: string[] = [];
  const attempt = async (sql: string, note: string): Promise<boolean> =>
    exec(sql).then(
      () => true,
      (error: unknown) => {
        notes.push(`${database.name}: ${note} (${(error as Error).message})`);
        return false;
      },
    );
  for (const table of database.tables) {
    await exec(tableSql(table));
    await insertRows(table, exec);
  }
  for (const table of database.tables) await addKeys(table, attempt);
  for (const table of database.tables)
    for (const key of table.info.foreignKeys)
      await addForeignKey(table, key, database.tables, attempt);
  await exec("analyze");
  return notes;
}

type Attempt = (sql: string, note: string) => Promise<boolean>;

function tableSql({ info }: DataTable): string {
  const columns = info.columns.map(({ name, type }) => `${quoted(name)} ${type}`);
  return `create table ${quoted(info.name)} (${columns.join(", ")})`;
}

/** One array for each column: the number of parameters does not grow with the rows. */
async function insertRows({ info, rows }: DataTable, exec: Exec): Promise<void> {
  const cast = info.columns.map(({ type }, at) => `c${at}::${type}`).join(", ");
  const arrays = info.columns.map((_, at) => `$${at + 1}::text[]`).join(", ");
  const names = info.columns.map((_, at) => `c${at}`).join(", ");
  const sql = `insert into ${quoted(info.name)} select ${cast} from unnest(${arrays}) as given(${names})`;
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE);
    await exec(
      sql,
      info.columns.map((_, at) => arrayText(some.map((row) => row[at] ?? null))),
    );
  }
}

function arrayText(cells: readonly DataCell[]): string {
  const items = cells.map((cell) =>
    cell === null ? "NULL" : `"${String(cell).replaceAll("\0", "").replaceAll(/["\\]/g, "\\$&")}"`,
  );
  return `{${items.join(",")}}`;
}

async function addKeys({ info, unique }: DataTable, attempt: Attempt): Promise<void> {
  const table = quoted(info.name);
  if (info.primaryKey.length > 0)
    await attempt(
      `alter table ${table} add primary key (${list(info.primaryKey)})`,
      `the primary key of ${info.name} is left out`,
    );
  for (const columns of unique)
    await attempt(
      `alter table ${table} add unique (${list(columns)})`,
      `a unique key of ${info.name} is left out`,
    );
}

/**
 * The target must be unique in PostgreSQL. Where it was not declared so and the data are, a constraint is added, since
 * what matters here is that the reference can be seen; NOT VALID lets rows be that refer to nothing.
 */
async function addForeignKey(
  { info }: DataTable,
  { columns, references }: ForeignKey,
  tables: readonly DataTable[],
  attempt: Attempt,
): Promise<void> {
  const name = `${info.name}(${columns.join(", ")}) → ${references.table}(${references.columns.join(", ")})`;
  const target = tables.find((table) => table.info.name === references.table);
  if (target === undefined) return;
  const isKey = [target.info.primaryKey, ...target.unique].some(
    (key) => key.toSorted().join() === [...references.columns].toSorted().join(),
  );
  const note = `the reference ${name} is left out`;
  if (!isKey) {
    const unique = `alter table ${quoted(references.table)} add unique (${list(references.columns)})`;
    if (!(await attempt(unique, `${note}: its target is not unique`))) return;
  }
  await attempt(
    `alter table ${quoted(info.name)} add foreign key (${list(columns)}) references ${quoted(references.table)} (${list(references.columns)}) not valid`,
    note,
  );
}

function list(columns: readonly string[]): string {
  return columns.map(quoted).join(", ");
}
