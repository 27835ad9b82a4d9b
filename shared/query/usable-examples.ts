/** Which examples still fit the schema: one whose tables or columns changed waits until somebody verifies it again. */
import type { SourceSchema, TableInfo } from "../sources/ports.ts";
import type { StoredExample, TableRead } from "./ports.ts";

/** Why the example is not used, or null. Worked out anew with each schema: a column that comes back needs nobody. */
export function staleReason(
  { verification }: Pick<StoredExample, "verification">,
  { tables }: Pick<SourceSchema, "tables">,
): string | null {
  for (const read of verification?.reads ?? []) {
    const table = tables.find((one) => one.schema === read.schema && one.name === read.name);
    const reason = table === undefined ? `the table ${read.name} is gone` : changed(read, table);
    if (reason !== null) return reason;
  }
  return null;
}

function changed(read: TableRead, table: TableInfo): string | null {
  for (const { name, type } of read.columns) {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) return `the column ${read.name}.${name} is gone`;
    if (column.type !== type)
      return `the column ${read.name}.${name} is ${column.type} and was ${type}`;
  }
  return null;
}

const memory = new WeakMap<
  readonly StoredExample[],
  WeakMap<SourceSchema, readonly StoredExample[]>
>();

/** The same array for the same ones, because others remember by it. */
export function usableExamples(
  examples: readonly StoredExample[],
  schema: SourceSchema,
): readonly StoredExample[] {
  const bySchema = memory.get(examples) ?? new WeakMap<SourceSchema, readonly StoredExample[]>();
  memory.set(examples, bySchema);
  const known = bySchema.get(schema);
  if (known !== undefined) return known;
  const usable = examples.filter((example) => staleReason(example, schema) === null);
  const kept = usable.length === examples.length ? examples : usable;
  bySchema.set(schema, kept);
  return kept;
}
