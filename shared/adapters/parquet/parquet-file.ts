/** Parquet, one row group at a time: what is in memory is one group, its encoding, and a line of metadata for each before. */

import type { OpenParquet } from "../../jobs/ports.ts";
import { AppError } from "../../kernel/app-error.ts";
import type { JsonRow, ResultColumn } from "../../sources/ports.ts";
import { type ParquetColumn, type ParquetValue, parquetColumn } from "./column-types.ts";

/** Readers skip by row group, so they should be large; these bounds keep one in some ten MB of memory. */
const GROUP_ROWS = 50_000;
const GROUP_CHARACTERS = 4 * 1_048_576;

export const openParquetFile: OpenParquet = async (columns, write) => {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const kinds = columns.map(parquetColumn);
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: "root", num_children: kinds.length }, ...kinds.map((kind) => kind.schema)],
    createdBy: "mcp-platform",
  });
  const send = async () => {
    await write(bytes.getBytes());
    bytes.index = 0;
  };
  let group = emptyGroup(kinds);
  const flush = async () => {
    if (group.rows > 0)
      await writer.write({
        columnData: columns.map(({ name }, i) => ({
          name,
          data: group.values[i] ?? [],
          // The index of pages would be held in memory until the end.
          offsetIndex: false,
        })),
        rowGroupSize: group.rows,
      });
    group = emptyGroup(kinds);
    await send();
  };
  return {
    async add(rows) {
      for (const row of rows) {
        addRow(group, row, columns, kinds);
        if (group.rows >= GROUP_ROWS || group.characters >= GROUP_CHARACTERS) await flush();
      }
    },
    async finish() {
      await flush();
      await writer.finish();
      await send();
    },
  };
};

interface Group {
  readonly values: (ParquetValue | null)[][];
  rows: number;
  characters: number;
}

const emptyGroup = (kinds: readonly ParquetColumn[]): Group => ({
  values: kinds.map(() => []),
  rows: 0,
  characters: 0,
});

function addRow(
  group: Group,
  row: JsonRow,
  columns: readonly ResultColumn[],
  kinds: readonly ParquetColumn[],
): void {
  for (let i = 0; i < kinds.length; i++) {
    const cell = row[i] as string;
    group.characters += cell.length;
    const value = cell === "null" ? null : (kinds[i] as ParquetColumn).value(cell);
    if (value === undefined) throw unfit(columns[i] as ResultColumn);
    (group.values[i] as (ParquetValue | null)[]).push(value);
  }
  group.rows++;
}

function unfit({ name, type }: ResultColumn): AppError {
  return new AppError(
    "query_failed",
    `The column ${name} holds a value that Parquet's form of ${type} cannot hold: cast the column to text.`,
  );
}
