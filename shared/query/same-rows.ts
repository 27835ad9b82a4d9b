/** Whether two results show the same: bags of rows, whatever the order of rows and columns, cells equal to the last digit. */
import type { JsonCell, JsonRow } from "../sources/ports.ts";

/** Beyond this many columns, 720 orders of them, only the order given counts. */
const MOST_PERMUTED_COLUMNS = 6;

/** Of results with equally many columns. */
export function sameRows(left: readonly JsonRow[], right: readonly JsonRow[]): boolean {
  if (left.length !== right.length) return false;
  const own = columnsOf(left);
  const others = columnsOf(right);
  return own.length > MOST_PERMUTED_COLUMNS ? sameBag(own, others) : arrange(own, others, []);
}

type Column = readonly JsonCell[];

const columnsOf = (rows: readonly JsonRow[]): readonly Column[] =>
  (rows[0] ?? []).map((_, at) => rows.map((row) => plain(row[at] ?? "null")));

/** Tries the columns of `others` in the places of `own`, one by one, and gives up as soon as the rows so far differ. */
function arrange(
  own: readonly Column[],
  others: readonly Column[],
  chosen: readonly number[],
): boolean {
  if (chosen.length === own.length) return true;
  return others.some((_, at) => {
    if (chosen.includes(at)) return false;
    const order = [...chosen, at];
    const begun = order.map((place) => others[place] as Column);
    return sameBag(own.slice(0, order.length), begun) && arrange(own, others, order);
  });
}

function sameBag(left: readonly Column[], right: readonly Column[]): boolean {
  const counts = new Map<string, number>();
  for (const row of rowTexts(left)) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of rowTexts(right)) {
    const count = counts.get(row) ?? 0;
    if (count === 0) return false;
    counts.set(row, count - 1);
  }
  return true;
}

/** JSON text on one line holds no line break. */
const rowTexts = (columns: readonly Column[]): readonly string[] =>
  (columns[0] ?? []).map((_, at) => columns.map((column) => column[at]).join("\n"));

/** `12.50` is 12.5 and `3.0` is 3. */
function plain(cell: JsonCell): string {
  if (!/^-?\d+\.\d+$/.test(cell)) return cell;
  const text = cell.replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}
