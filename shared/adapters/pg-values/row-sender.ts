/** Rows as PostgreSQL's text → cells in a channel, until the budget of rows or bytes is used up. */
import type { ExecutionBudget, JsonCell, JsonRow } from "../../sources/ports.ts";
import type { RowChannel } from "../../sources/row-channel.ts";
import { encoderOf, typeName } from "./cells.ts";

export type TextRow = readonly (string | null)[];

export interface RowSender {
  open(fields: readonly { readonly name: string; readonly dataTypeID: number }[]): void;
  /**
   * `full`: kept, and the reader has enough to go on with. `rows`, `bytes`: left out, as this part of the budget is used
   * up; every row after it is left out too.
   */
  add(row: TextRow): "kept" | "full" | "rows" | "bytes";
  /** Leaves the rest out, whatever the budget says. */
  cut(): void;
  /** What was kept so far. */
  sent(): { readonly rows: number; readonly bytes: number };
  /** Something was left out. */
  truncated(): boolean;
}

export function createRowSender(
  { maxRows, maxBytes }: Pick<ExecutionBudget, "maxRows" | "maxBytes">,
  channel: Pick<RowChannel, "open" | "add">,
): RowSender {
  let encoders: readonly ((text: string) => JsonCell)[] = [];
  let rows = 0;
  let bytes = 0;
  let truncated = false;
  return {
    open(fields) {
      encoders = fields.map((field) => encoderOf(field.dataTypeID));
      channel.open(fields.map(({ name, dataTypeID }) => ({ name, type: typeName(dataTypeID) })));
    },
    add(row) {
      const size = weigh(row);
      const left = rows >= maxRows ? "rows" : bytes + size > maxBytes ? "bytes" : null;
      if (truncated || left !== null) {
        truncated = true;
        return left ?? "rows";
      }
      rows++;
      bytes += size;
      return channel.add(encodeRow(row, encoders), size) ? "kept" : "full";
    },
    cut: () => {
      truncated = true;
    },
    sent: () => ({ rows, bytes }),
    truncated: () => truncated,
  };
}

/** About what the row takes as JSON. */
function weigh(row: TextRow): number {
  let size = 0;
  for (const field of row) size += field === null ? 4 : field.length + 3;
  return size;
}

function encodeRow(row: TextRow, encoders: readonly ((text: string) => JsonCell)[]): JsonRow {
  const cells: JsonCell[] = new Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const field = row[i] as string | null;
    cells[i] = field === null ? "null" : (encoders[i] as (text: string) => JsonCell)(field);
  }
  return cells;
}
