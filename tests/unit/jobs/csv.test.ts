/** CSV as RFC 4180 has it: whatever a cell holds, a reader of the RFC gets it back. */
// covers: JOB-07
import fc from "fast-check";
import { expect, it } from "vitest";
import { csvHeader, csvRow } from "../../../shared/jobs/csv.ts";

/** The grammar of RFC 4180, section 2, by the letter; an unquoted empty field is NULL. */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    let field: string | null;
    if (text[at] === '"') {
      let value = "";
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (at >= text.length) throw new Error("a quote is not closed");
        if (text[at] === '"') at++;
        value += text[at];
      }
      at++;
      field = value;
    } else {
      const end = /[,\r\n"]/g;
      end.lastIndex = at;
      const stop = end.exec(text)?.index ?? text.length;
      if (text[stop] === '"') throw new Error("a quote inside a bare field");
      field = stop === at ? null : text.slice(at, stop);
      at = stop;
    }
    row.push(field);
    if (text[at] === ",") at++;
    else if (text.startsWith("\r\n", at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else throw new Error(`neither a comma nor CRLF at ${at}`);
    if (text[at - 1] === "," && text.startsWith("\r\n", at)) {
      row.push(null);
      rows.push(row);
      row = [];
      at += 2;
    }
  }
  return rows;
}

const awkward = fc.string({
  unit: fc.constantFrom('"', ",", "\r", "\n", "\r\n", "=", "é", "\u{1f4a5}", "a", " ", ""),
});

it("gives back every text, number, truth value, list and NULL", () => {
  const value = fc.oneof(
    awkward,
    fc.string({ unit: "grapheme" }),
    fc.constant(null),
    fc.integer(),
    fc.boolean(),
    fc.array(awkward),
  );
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width })));
  fc.assert(
    fc.property(table, (rows) => {
      const text = rows.map((row) => csvRow(row.map((one) => JSON.stringify(one)))).join("");
      const asText = (one: unknown) =>
        one === null ? null : typeof one === "string" ? one : JSON.stringify(one);
      expect(readCsv(text)).toEqual(rows.map((row) => row.map(asText)));
    }),
  );
});

it("keeps every digit, tells NULL from an empty text, and quotes only what needs it", () => {
  expect(csvRow(["12345678901234567890.10", '"9007199254740993"', "null", '""'])).toBe(
    '12345678901234567890.10,9007199254740993,,""\r\n',
  );
  expect(csvRow(['"a \\"b\\", c"', "true", '{"n":1}'])).toBe('"a ""b"", c",true,"{""n"":1}"\r\n');
});

it("writes no empty line, which readers would skip", () => {
  expect(csvRow(["null"])).toBe('""\r\n');
});

it("leaves a text that a spreadsheet would take for a formula as it is", () => {
  expect(csvRow(['"=1+1"', '"@x"'])).toBe("=1+1,@x\r\n");
});

it("begins with the names", () => {
  expect(
    csvHeader([
      { name: "id", type: "integer" },
      { name: 'a,"b"', type: "text" },
    ]),
  ).toBe('id,"a,""b"""\r\n');
});
