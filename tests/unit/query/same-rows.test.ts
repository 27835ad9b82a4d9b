/** Two results are the same as bags of rows, in any order of their columns, and in no other way. */
// covers: ASK-41
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameRows } from "../../../shared/query/same-rows.ts";

const cell = fc.constantFrom("1", "2", "12.5", '"a"', '"1"', "null", "true");
const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 8,
  }),
);
/** A permutation of 0 … n - 1 by the numbers drawn. */
const order = (n: number, keys: readonly number[]) =>
  Array.from({ length: n }, (_, at) => at).sort(
    (left, right) => (keys[left] ?? 0) - (keys[right] ?? 0),
  );
const keys = fc.array(fc.double({ noNaN: true }), { minLength: 8, maxLength: 8 });

describe("two results", () => {
  it("are the same whatever the order of rows and columns", () => {
    fc.assert(
      fc.property(table, keys, keys, (rows, byRow, byColumn) => {
        const columns = order(rows[0]?.length ?? 0, byColumn);
        const moved = order(rows.length, byRow).map((at) =>
          columns.map((place) => rows[at]?.[place] ?? ""),
        );
        expect(sameRows(rows, moved)).toBe(true);
      }),
    );
  });

  it("differ where one cell does", () => {
    fc.assert(
      fc.property(table, fc.nat(), fc.nat(), (rows, row, column) => {
        const other = rows.map((cells, at) =>
          cells.map((one, place) =>
            at === row % rows.length && place === column % cells.length ? '"other"' : one,
          ),
        );
        expect(sameRows(rows, other)).toBe(false);
        expect(sameRows(other, rows)).toBe(false);
      }),
    );
  });

  it.each([
    ["a row counts as often as it is there", [["1"], ["1"], ["2"]], [["1"], ["2"], ["2"]], false],
    [
      "cells stay with their row",
      [
        ["1", "2"],
        ["3", "4"],
      ],
      [
        ["1", "4"],
        ["3", "2"],
      ],
      false,
    ],
    ["12.50 is 12.5, and 3.0 is 3", [["12.50"], ["3.0"]], [["3"], ["12.5"]], true],
    ["a text is no number", [["1"]], [['"1"']], false],
    ["100 is not 1", [["100"]], [["1"]], false],
  ])("%s", (_rule, left, right, same) => {
    expect(sameRows(left, right)).toBe(same);
  });
});
