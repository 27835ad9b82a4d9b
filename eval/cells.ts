/** What one cell of a result is for the comparison: the same whichever of the two engines gave it. */

export type RawCell = null | boolean | number | bigint | string;

/** `whole`: an integer of any size. `real`: any other number. */
export type Cell =
  | { readonly kind: "null" }
  | { readonly kind: "whole"; readonly value: number; readonly text: string }
  | { readonly kind: "real"; readonly value: number }
  | { readonly kind: "text"; readonly text: string };

/** As SQLite's numeric affinity takes a text for a number, apart from leading zeros: `007` stays a name. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WHOLE = /^-?\d+$/;
/** `2026-05-14`, `2026-05-14 10:30:00.5`, `2026-05-14T10:30:00Z`, `…+00`. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:Z|\+00(?::?00)?)?$/;

const TOLERANCE = 1e-6;

export function toCell(raw: RawCell): Cell {
  if (raw === null) return { kind: "null" };
  if (typeof raw === "boolean") return whole(raw ? 1n : 0n);
  if (typeof raw === "bigint") return whole(raw);
  if (typeof raw === "number") return numberCell(raw);
  if (NUMBER.test(raw)) return WHOLE.test(raw) ? whole(BigInt(raw)) : numberCell(Number(raw));
  return { kind: "text", text: isoDate(raw) };
}

function numberCell(value: number): Cell {
  if (!Number.isFinite(value)) return { kind: "text", text: String(value) };
  return Number.isSafeInteger(value) ? whole(BigInt(value)) : { kind: "real", value };
}

function whole(value: bigint): Cell {
  return { kind: "whole", value: Number(value), text: String(value) };
}

/** Dates as ISO text: a midnight is its day, and a fraction of a second has no zeros at its end. */
function isoDate(text: string): string {
  const found = DATE_TIME.exec(text);
  if (found === null) return text;
  const [, day, minutes, seconds = "00", fraction = ""] = found;
  const part = fraction.replace(/0+$/, "");
  if (minutes === "00:00" && seconds === "00" && part === "") return `${day}`;
  return `${day} ${minutes}:${seconds}${part === "" ? "" : `.${part}`}`;
}

/**
 * Two whole numbers are equal when they are the same: the tolerance is for what was computed with fractions, and a
 * relative one would make neighbours of two long identifiers.
 */
export function sameCell(left: Cell, right: Cell): boolean {
  if (left.kind === "null" || right.kind === "null") return left.kind === right.kind;
  if (left.kind === "text" || right.kind === "text")
    return left.kind === "text" && right.kind === "text" && left.text === right.text;
  if (left.kind === "whole" && right.kind === "whole") return left.text === right.text;
  return near(left.value, right.value);
}

function near(left: number, right: number): boolean {
  if (left === right) return true;
  return Math.abs(left - right) <= TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
}

/** Equal cells have equal keys but for reals, which are all alike here: what rows are sorted into before they are matched. */
export function coarseKey(cell: Cell): string {
  if (cell.kind === "null") return "n";
  return cell.kind === "text" ? `t${cell.text}` : "#";
}

export function numberOf(cell: Cell): number {
  return cell.kind === "whole" || cell.kind === "real" ? cell.value : 0;
}
