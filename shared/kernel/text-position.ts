/** Character offsets, and the line and column an editor shows for them. */

export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** `cursor` counts code points from 1 (measured: PostgreSQL counts characters, not bytes); 0 means unknown. */
export function positionOf(sql: string, cursor: number): TextPosition {
  let line = 1;
  let column = 1;
  let left = Math.max(0, cursor - 1);
  for (const character of sql) {
    if (left === 0) break;
    left -= 1;
    if (character === "\n") {
      line += 1;
      column = 1;
    } else {
      column += 1;
    }
  }
  return { line, column };
}

/** The index (UTF-16 units) of a line and column; the text's length where it has no such place. */
export function indexOf(sql: string, { line, column }: TextPosition): number {
  let index = 0;
  for (let n = 1; n < line; n++) {
    const end = sql.indexOf("\n", index);
    if (end < 0) return sql.length;
    index = end + 1;
  }
  return index + [...sql.slice(index)].slice(0, column - 1).join("").length;
}

/** As `positionOf`, of an index in UTF-16 units. */
export function positionAt(sql: string, index: number): TextPosition {
  return positionOf(sql, [...sql.slice(0, index)].length + 1);
}
