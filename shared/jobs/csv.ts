/** Rows as CSV (RFC 4180): a header, CRLF, quotes where they are needed. NULL is nothing; an empty text is "". */
import type { JsonCell, JsonRow, ResultColumn } from "../sources/ports.ts";

const LINE_END = "\r\n";
const SPECIAL = /[",\r\n]/;

export function csvHeader(columns: readonly ResultColumn[]): string {
  return columns.map(({ name }) => csvField(name)).join(",") + LINE_END;
}

export function csvRow(row: JsonRow): string {
  const line = row.map(csvCell).join(",");
  // A row of one NULL would be an empty line, which readers skip.
  return (line === "" && row.length === 1 ? '""' : line) + LINE_END;
}

/** A JSON string loses its quotes; a number, true, an object or a list stay the text they are. */
function csvCell(cell: JsonCell): string {
  if (cell === "null") return "";
  return csvField(cell.startsWith('"') ? (JSON.parse(cell) as string) : cell);
}

function csvField(text: string): string {
  return text === "" || SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
