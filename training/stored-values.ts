/** Lays the values of the data over an introspected schema, as a source's value index would. */
import type { SourceSchema } from "../shared/sources/ports.ts";
import { readSchema } from "./databases.ts";

export async function withStoredValues(
  schema: SourceSchema,
  root: string,
  name: string,
): Promise<SourceSchema> {
  const files = await readSchema(root, name);
  const values = new Map(
    files.tables.flatMap((table) =>
      table.columns.map((column) => [keyOf(table.name, column.name), column.values] as const),
    ),
  );
  return {
    ...schema,
    tables: schema.tables.map((table) => ({
      ...table,
      columns: table.columns.map(({ values: _, ...column }) => {
        const stored = values.get(keyOf(table.name, column.name));
        return stored === undefined ? column : { ...column, values: stored };
      }),
    })),
  };
}

function keyOf(table: string, column: string): string {
  return `${table}.${column}`.toLowerCase();
}
