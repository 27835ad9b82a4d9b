/** Columns looked up as a model writes them, and what is said of a name that there is not. */
import { nearestNames } from "../kernel/nearest-names.ts";
import { sameName } from "../kernel/table-names.ts";
import type { ColumnInfo, TableInfo } from "../sources/ports.ts";

/** Case is let through where only one column can be meant. */
export function columnNamed({ columns }: TableInfo, name: string): ColumnInfo | null {
  const exact = columns.find((one) => one.name === name);
  const alike = columns.filter((one) => sameName(one.name, name));
  return exact ?? (alike.length === 1 ? (alike[0] ?? null) : null);
}

/** `written` with its qualifier, if it has one. */
export function noColumn({ name, columns }: TableInfo, written: readonly string[]): string {
  const known = columns.map((column) => column.name);
  return `${name} has no column ${written.join(".")}${nearestHint(written.at(-1) ?? "", known)}`;
}

export function nearestHint(name: string, known: readonly string[]): string {
  const nearest = nearestNames(name, known);
  return nearest.length > 0 ? ` (nearest: ${nearest.join(", ")})` : "";
}
