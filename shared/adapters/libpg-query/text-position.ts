/** Turns the parser's character offset into the line and column an editor shows. */

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
