/** Comma-separated values after RFC 4180: quoted cells may hold commas, line ends and doubled quotes. */

/**
 * An empty cell is null, and so is one that holds `nullWord` without quotes. A line end at the end of the text is no row.
 */
export function parseCsv(text: string, nullWord?: string): readonly (readonly (string | null)[])[] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|((?!")[^,\r\n]*))(,|\r\n|\n|\r|$)/y;
  const source = text.replace(/^\uFEFF/, "");
  while (cell.lastIndex < source.length || row.length > 0) {
    const found = cell.exec(source);
    if (found === null) throw new Error(`row ${rows.length + 1} has an unclosed quote`);
    const [, quoted, bare, end] = found;
    const value = quoted?.replaceAll('""', '"') ?? bare ?? "";
    row.push(value === "" || (quoted === undefined && value === nullWord) ? null : value);
    if (end === ",") continue;
    rows.push(row);
    row = [];
    if (end === "") break;
  }
  return rows;
}
