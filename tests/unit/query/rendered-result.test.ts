/** A result as JSON text: no value is lost to a name, and both formats say the same. */
// covers: QRY-09
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aroundRows,
  distinctNames,
  startRendering,
} from "../../../shared/query/rendered-result.ts";
import type { JsonValue } from "../../../shared/sources/ports.ts";
import { type KnownResult, renderKnown } from "../../support/result-stream.ts";

const names = fc.array(fc.constantFrom("a", "a_2", "a_3", "b", "", "__proto__", "0", 'q"\\', "1"), {
  minLength: 1,
  maxLength: 8,
});
const column = (name: string) => ({ name, type: "text" });
const results = names.chain((list) =>
  fc
    .array(fc.array(fc.jsonValue(), { minLength: list.length, maxLength: list.length }), {
      maxLength: 5,
    })
    .map(
      (rows): KnownResult => ({
        columns: list.map(column),
        // -0 has no JSON of its own.
        rows: JSON.parse(JSON.stringify(rows)) as JsonValue[][],
        truncated: false,
      }),
    ),
);

describe("column names", () => {
  it("become distinct, the first keeps its own, and none takes the name of another column", () => {
    fc.assert(
      fc.property(names, (list) => {
        const made = distinctNames(list.map(column)).map((one) => one.name);
        expect(new Set(made).size).toBe(list.length);
        list.forEach((name, i) => {
          if (list.indexOf(name) === i) expect(made[i]).toBe(name);
          else expect(made[i]).toMatch(/_\d+$/);
        });
      }),
    );
  });

  it("get the next free number", () => {
    expect(distinctNames(["a", "a", "a_2", "a"].map(column)).map((one) => one.name)).toEqual([
      "a",
      "a_3",
      "a_2",
      "a_4",
    ]);
  });
});

describe("a rendered result", () => {
  it("says the same in both formats, whichever was asked for first, and converts without loss", () => {
    fc.assert(
      fc.property(results, (result) => {
        const direct = {
          arrays: renderKnown(result, "arrays"),
          objects: renderKnown(result, "objects"),
        };
        expect(JSON.parse(direct.arrays.rowsJson("arrays"))).toEqual(result.rows);
        expect(direct.arrays.rowsJson("objects")).toBe(direct.objects.rowsJson("objects"));
        expect(direct.objects.rowsJson("arrays")).toBe(direct.arrays.rowsJson("arrays"));
      }),
    );
  });

  it("holds every value under its column's name in the objects format", () => {
    fc.assert(
      fc.property(results, (result) => {
        const rendered = renderKnown(result, "objects");
        const rows = JSON.parse(rendered.rowsJson("objects")) as Record<string, JsonValue>[];
        const read = rows.map((row) =>
          rendered.columns.map((one) => Object.getOwnPropertyDescriptor(row, one.name)?.value),
        );
        expect(read).toEqual(result.rows);
      }),
    );
  });

  it("keeps the digits of a number, whichever format it was rendered in first", () => {
    const cells = [["12345678901234567890.50", '{"n":1.10,"big":9007199254740993}']];
    for (const first of ["arrays", "objects"] as const) {
      const rendering = startRendering([column("a"), column("b")], first);
      rendering.add(cells);
      const rendered = rendering.finish(false);
      expect(rendered.rowsJson("arrays")).toBe(`[[${cells[0]?.join()}]]`);
      expect(rendered.rowsJson("objects")).toBe(`[{"a":${cells[0]?.[0]},"b":${cells[0]?.[1]}}]`);
    }
  });

  it("is sent as the bytes of what it says, and in memory of its own where they are kept", () => {
    for (const text of ["é", "long ü".repeat(1_000)])
      for (const first of ["arrays", "objects"] as const) {
        const shown = { columns: [column("a")], rows: [[text]], truncated: false };
        const rendered = renderKnown(shown, first);
        for (const format of ["arrays", "objects"] as const) {
          const before = rendered.rowsJson(format);
          const bytes = rendered.rowsBytes(format);
          expect(Buffer.from(bytes).toString()).toBe(before);
          expect(rendered.rowsJson(format)).toBe(before);
          const again = rendered.rowsBytes(format);
          const held = rendered.size();
          if (text.length > 1) expect(held).toBeGreaterThan(Buffer.byteLength(before));
          if (text.length > 1) expect(again.buffer.byteLength).toBe(Buffer.byteLength(before));
          expect(String(aroundRows("<ä", rendered, format, "ö>"))).toBe(`<ä${before}ö>`);
        }
      }
  });

  it("knows its columns, count, truncation and size", () => {
    const rendered = renderKnown(
      { columns: [column("a"), column("a")], rows: [["x", 1]], truncated: true },
      "arrays",
    );
    expect(rendered).toMatchObject({ rowCount: 1, truncated: true });
    expect(JSON.parse(rendered.columnsJson)).toEqual([column("a"), column("a_2")]);
    const before = rendered.size();
    expect(before).toBe(rendered.columnsJson.length + '[["x",1]]'.length);
    rendered.rowsJson("objects");
    expect(rendered.size()).toBe(before + '[{"a":"x","a_2":1}]'.length);
  });
});
