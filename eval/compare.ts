/**
 * Whether two results are the same: bags of rows, any order of the columns, row order only where it was asked for.
 * This is the rule of the figures in docs/evaluation.md; it is pure, and no option of the commands changes it.
 */
import { type Cell, coarseKey, numberOf, type RawCell, sameCell, toCell } from "./cells.ts";

export type RawRows = readonly (readonly RawCell[])[];
type Row = readonly Cell[];
type Rows = readonly Row[];

/** Beyond this many columns, 720 orders of them, only the order given counts. */
const MAX_PERMUTED_COLUMNS = 6;

export function sameResult(gold: RawRows, predicted: RawRows, ordered: boolean): boolean {
  if (gold.length !== predicted.length) return false;
  if (gold.length === 0) return true;
  const left = gold.map((row) => row.map(toCell));
  const right = predicted.map((row) => row.map(toCell));
  const width = left[0]?.length ?? 0;
  if ([...left, ...right].some((row) => row.length !== width)) return false;
  for (const order of columnOrders(left, right, width)) {
    const arranged = right.map((row) => pick(row, order));
    if (ordered ? samePlaces(left, arranged) : sameBag(left, arranged)) return true;
  }
  return false;
}

function pick(row: Row, order: readonly number[]): Row {
  return order.map((at) => row[at] as Cell);
}

/** Only orders in which each column holds the same bag of cells as its counterpart. */
function* columnOrders(left: Rows, right: Rows, width: number): Generator<readonly number[]> {
  const places = Array.from({ length: width }, (_, at) => at);
  if (width > MAX_PERMUTED_COLUMNS) {
    yield places;
    return;
  }
  const fits = places.map((own) =>
    places.filter((other) => sameBag(column(left, own), column(right, other))),
  );
  yield* extend([], fits);
}

function column(rows: Rows, at: number): Rows {
  return rows.map((row) => [row[at] as Cell]);
}

function* extend(
  chosen: readonly number[],
  fits: readonly (readonly number[])[],
): Generator<readonly number[]> {
  const next = fits[chosen.length];
  if (next === undefined) {
    yield chosen;
    return;
  }
  for (const at of next) if (!chosen.includes(at)) yield* extend([...chosen, at], fits);
}

function sameRow(left: Row, right: Row): boolean {
  return left.every((cell, at) => sameCell(cell, right[at] as Cell));
}

function samePlaces(left: Rows, right: Rows): boolean {
  return left.every((row, at) => sameRow(row, right[at] as Row));
}

/** Rows with the same texts are paired in the order of their numbers; where that fails, one by one. */
function sameBag(left: Rows, right: Rows): boolean {
  const groups = groupRows(right);
  const own = groupRows(left);
  if (own.size !== groups.size) return false;
  for (const [key, rows] of own) {
    const others = groups.get(key);
    if (others === undefined || others.length !== rows.length) return false;
    if (!samePlaces(rows.toSorted(byNumbers), others.toSorted(byNumbers)) && !match(rows, others))
      return false;
  }
  return true;
}

function groupRows(rows: Rows): ReadonlyMap<string, Rows> {
  return Map.groupBy(rows, (row) => JSON.stringify(row.map(coarseKey)));
}

function byNumbers(left: Row, right: Row): number {
  for (const [at, cell] of left.entries()) {
    const by = numberOf(cell) - numberOf(right[at] as Cell);
    if (by !== 0) return by;
  }
  return 0;
}

/** Sums that differ in their last bit may sort differently; so many rows do not come with that. */
const MAX_MATCHED_ROWS = 3_000;

function match(left: Rows, right: Rows): boolean {
  if (left.length > MAX_MATCHED_ROWS) return false;
  const free = [...right];
  return left.every((row) => {
    const at = free.findIndex((other) => sameRow(row, other));
    if (at >= 0) free.splice(at, 1);
    return at >= 0;
  });
}
