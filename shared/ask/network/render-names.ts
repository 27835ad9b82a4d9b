/** How tables and columns are named in the SQL of a program, and what all parts of its writing share. */

import { isDefaultSchema } from "../../kernel/table-names.ts";
import type { Writer } from "../moments.ts";
import type { ValueCandidate } from "./candidates.ts";
import { quoteName } from "./dialect.ts";
import type { SchemaGraph } from "./graph.ts";
import type { KeyPreference } from "./join-tables.ts";
import type { Program } from "./program.ts";

export interface Scope {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  readonly writer: Writer;
  readonly preference: KeyPreference;
  /** What the whole is, of which shares are told; a hundred where left out. */
  readonly shareOf?: 1 | 100;
  /** Whether columns need their table's name in front. */
  readonly qualify: boolean;
  readonly query: (program: Program) => string;
}

export function tableName(at: number, { graph, writer }: Scope): string {
  const info = graph.tables[at]?.info;
  if (info === undefined) {
    throw new RangeError("a program names a table that the schema does not have");
  }
  const name = quoteName(info.name, writer.dialect);
  return isDefaultSchema(info.schema) ? name : `${quoteName(info.schema, writer.dialect)}.${name}`;
}

export function columnName(at: number, scope: Scope): string {
  const column = scope.graph.columns[at];
  if (column === undefined) {
    throw new RangeError("a program names a column that the schema does not have");
  }
  const name = quoteName(column.info.name, scope.writer.dialect);
  return scope.qualify ? `${tableName(column.table, scope)}.${name}` : name;
}

/** The name alone of the table that this column is of. */
export function plainTableName(column: number, { graph }: Scope): string | undefined {
  return graph.tables[graph.columns[column]?.table ?? -1]?.info.name;
}
