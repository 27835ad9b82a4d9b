/** How much of a text is kept of a query: the statement itself may be 256 KiB. */

const LONGEST_KEPT = 16_384;

/** PostgreSQL's text holds no NUL, and a refused statement may. */
export const keptPart = (text: string): string =>
  text.slice(0, LONGEST_KEPT).replaceAll("\u0000", "\ufffd").toWellFormed();

/** Whether a text that was kept is all that there was. */
export const isWhole = (kept: string): boolean => kept.length < LONGEST_KEPT;
