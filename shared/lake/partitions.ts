/** Hive partitions: folders named `year=2024` are columns of the rows below them. */
import type { LakeFile } from "./ports.ts";

export type PartitionType = "BIGINT" | "DATE" | "VARCHAR";

export interface PartitionColumn {
  /** As the folders write it. */
  readonly name: string;
  readonly type: PartitionType;
}

/** What Hive and Spark write for NULL. */
export const NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__";

/** The value of each partition column; null for NULL. Percent signs are decoded as DuckDB does. */
export function partitionsOf(fileName: string): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const part of fileName.split("/").slice(0, -1)) {
    const [, key, value] = /^([\p{L}\p{N}_ -]+)=(.*)$/su.exec(part) ?? [];
    if (key === undefined || value === undefined) continue;
    values.set(key, value === NULL_PARTITION ? null : decoded(value));
  }
  return values;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The columns that every file has; their types are those of all values, so that they do not vary with what is read. */
export function partitionColumns(files: readonly LakeFile[]): PartitionColumn[] {
  const values = new Map<string, (string | null)[]>();
  for (const { name } of files)
    for (const [key, value] of partitionsOf(name))
      values.set(key, [...(values.get(key) ?? []), value]);
  return [...values]
    .filter(([, all]) => all.length === files.length)
    .map(([name, all]) => ({ name, type: typeOf(all.filter((value) => value !== null)) }));
}

function typeOf(values: readonly string[]): PartitionType {
  if (values.length === 0) return "VARCHAR";
  if (values.every((value) => /^-?\d{1,18}$/.test(value))) return "BIGINT";
  if (values.every(isDay)) return "DATE";
  return "VARCHAR";
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}
