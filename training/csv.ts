/** RFC 4180 text as rows of cells: quoted cells may hold commas, line breaks and doubled quotes. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/gy;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (match === null) {
      throw new SyntaxError(`no CSV cell begins at byte ${cell.lastIndex}`);
    }
    row.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    if (match[3] !== ",") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
