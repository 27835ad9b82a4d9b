/** When two results are the same: the rule that every figure of the evaluation rests on. */
// covers: EVAL-01
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawCell } from "../../eval/cells.ts";
import { type RawRows, sameResult } from "../../eval/compare.ts";

const cell = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.string(),
  fc.constantFrom("2026-05-14", "10", "10.0", "007", "2026-05-14T10:30:00Z"),
);

const table = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
      minLength: height,
      maxLength: height,
    }),
  );

const shuffled = <T>(items: readonly T[]) =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

describe("the comparison", () => {
  it("takes no notice of the order of rows, where none was asked for, nor of the order of columns", () => {
    const cases = table.chain((rows) =>
      fc.tuple(
        fc.constant(rows),
        shuffled(rows),
        shuffled(Array.from({ length: rows[0]?.length ?? 0 }, (_, at) => at)),
      ),
    );
    fc.assert(
      fc.property(cases, ([rows, mixed, order]) =>
        sameResult(
          rows,
          mixed.map((row) => order.map((at) => row[at] ?? null)),
          false,
        ),
      ),
    );
  });

  it("keeps its verdict when both results are turned the same way, equal or not", () => {
    const cases = fc
      .tuple(table, table)
      .chain(([left, right]) =>
        fc.tuple(
          fc.constant([left, right] as const),
          shuffled(left),
          shuffled(right),
          shuffled(Array.from({ length: right[0]?.length ?? 0 }, (_, at) => at)),
        ),
      );
    fc.assert(
      fc.property(
        cases,
        ([[left, right], ownOrder, otherOrder, columns]) =>
          sameResult(left, right, false) ===
          sameResult(
            ownOrder,
            otherOrder.map((row) => columns.map((at) => row[at] ?? null)),
            false,
          ),
      ),
    );
  });

  it("sees one changed cell wherever it is, ordered or not", () => {
    const cases = fc.tuple(table, fc.nat(), fc.nat(), fc.boolean());
    fc.assert(
      fc.property(cases, ([rows, rowSeed, columnSeed, ordered]) => {
        const row = rowSeed % rows.length;
        const column = columnSeed % (rows[0]?.length ?? 1);
        const changed = rows.map((one, at) =>
          at === row ? one.map((value, place) => (place === column ? other(rows) : value)) : one,
        );
        return !sameResult(rows, changed, ordered);
      }),
    );
  });

  it("holds rows to their places where an order was asked for", () => {
    const rows: RawRows = [[1], [2]];
    expect(sameResult(rows, [[2], [1]], true)).toBe(false);
    expect(sameResult(rows, [[2], [1]], false)).toBe(true);
    expect(sameResult([[1, "a"]], [["a", 1]], true)).toBe(true);
  });

  it("counts equal rows", () => {
    expect(sameResult([[1], [1], [2]], [[1], [2], [2]], false)).toBe(false);
    expect(sameResult([[1], [1]], [[1]], false)).toBe(false);
  });

  it("moves columns as wholes: cells of two columns never swap in one row alone", () => {
    const gold: RawRows = [
      ["a", "b"],
      ["c", "d"],
    ];
    const mixed: RawRows = [
      ["a", "b"],
      ["d", "c"],
    ];
    expect(sameResult(gold, mixed, false)).toBe(false);
  });

  it("leaves columns in their places beyond six of them", () => {
    const row = [1, 2, 3, 4, 5, 6, 7];
    expect(sameResult([row], [row], false)).toBe(true);
    expect(sameResult([row], [row.toReversed()], false)).toBe(false);
    expect(sameResult([row.slice(1)], [row.slice(1).toReversed()], false)).toBe(true);
  });

  it("takes two empty results for the same, and an empty one for no other", () => {
    expect(sameResult([], [], true)).toBe(true);
    expect(sameResult([], [[null]], false)).toBe(false);
  });

  it("refuses results of different width", () => {
    expect(sameResult([[1, 2]], [[1]], false)).toBe(false);
    expect(sameResult([[1]], [[1, 1]], false)).toBe(false);
  });
});

describe("cells", () => {
  const same: readonly (readonly [RawCell, RawCell])[] = [
    [10, "10.0"],
    ["10", 10n],
    [0.1 + 0.2, 0.3],
    [1_000_000.1, 1_000_000.2],
    ["1265.0767349434423724", "1265.0767349434425"],
    [true, 1],
    [false, "0"],
    ["2026-05-14T00:00:00.000Z", "2026-05-14"],
    ["2026-05-14 00:00:00", "2026-05-14"],
    ["2026-05-14T10:30:00.500Z", "2026-05-14 10:30:00.5"],
    ["2026-05-14 10:30:00+00", "2026-05-14T10:30:00"],
  ];
  it.each(same)("%o and %o are the same", (left, right) => {
    expect(sameResult([[left]], [[right]], true)).toBe(true);
    expect(sameResult([[right]], [[left]], false)).toBe(true);
  });

  const different: readonly (readonly [RawCell, RawCell])[] = [
    [null, 0],
    [null, ""],
    [1_000_001, 1_000_002],
    ["9007199254740993", 9_007_199_254_740_992n],
    ["007", "7"],
    ["a", "A"],
    ["a ", "a"],
    [0.3, 0.31],
    ["2026-05-14T00:00:01Z", "2026-05-14"],
    ["1e5x", 100_000],
  ];
  it.each(different)("%o and %o are not", (left, right) => {
    expect(sameResult([[left]], [[right]], true)).toBe(false);
    expect(sameResult([[right]], [[left]], false)).toBe(false);
  });

  it("pairs rows whose computed numbers differ in the last bit and so sort differently", () => {
    const gold: RawRows = [
      [0.1 + 0.2, 1.5],
      [0.3, 2.5],
    ];
    const predicted: RawRows = [
      [0.3, 1.5],
      [0.1 + 0.2, 2.5],
    ];
    expect(sameResult(gold, predicted, false)).toBe(true);
  });
});

/** A text that no cell of the table is. */
function other(rows: readonly (readonly RawCell[])[]): string {
  return `${rows.flat().join("")}!`;
}
