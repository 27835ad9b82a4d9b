/** PostgreSQL's text to JSON and back: exact, whatever the value. */
// covers: QRY-09
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeArrayCell,
  encodeParameter,
  encoderOf,
  typeName,
} from "../../../shared/adapters/pg-values/cells.ts";

/** What a reader of the JSON gets. */
const decoderOf = (oid: number) => (text: string) => JSON.parse(encoderOf(oid)(text)) as unknown;
const decodeArray = (text: string) => JSON.parse(encodeArrayCell(text, JSON.stringify)) as unknown;

const numeric = decoderOf(1700);
/** `-012.300` and `-12.3` are one decimal. */
const canonical = (text: string) => {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const digits = `${whole.replace(/^0+/, "")}.${fraction.replace(/0+$/, "")}`;
  return (text.startsWith("-") && /[1-9]/.test(digits) ? "-" : "") + digits;
};
/** The decimal that a JSON number is printed as, without an exponent. */
const plain = (value: number) => {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const shift = whole.length + Number(exponent);
  const digits = (whole + fraction).padStart(
    whole.length + fraction.length + Math.max(0, -shift),
    "0",
  );
  const at = Math.max(shift, 0);
  const padded = digits.padEnd(at, "0");
  return `${value < 0 ? "-" : ""}${padded.slice(0, at)}.${padded.slice(at)}`;
};

describe("numbers", () => {
  it("of the type numeric are exact: a JSON number that prints as the same decimal, or the text itself", () => {
    const digits = (max: number) =>
      fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: max });
    const decimals = fc
      .tuple(fc.constantFrom("", "-"), digits(25), fc.nat(400), digits(25), fc.nat(400))
      .map(([sign, whole, zeros, fraction, leading]) => {
        const left =
          `${whole}${whole === "" ? "" : "0".repeat(zeros % 30 === 0 ? zeros : 0)}` || "0";
        const right =
          fraction === "" ? "" : `.${"0".repeat(leading % 3 === 0 ? leading : 0)}${fraction}`;
        return `${sign}${left.replace(/^0+(?=\d)/, "")}${right}`;
      });
    fc.assert(
      fc.property(decimals, (text) => {
        const value = numeric(text);
        if (typeof value === "string") expect(value).toBe(text);
        else expect(canonical(plain(value as number))).toBe(canonical(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it("that are too small or too long for a double stay text", () => {
    for (const text of [
      `0.${"0".repeat(400)}1`,
      `0.${"0".repeat(310)}123456789`,
      "1".repeat(16),
      "0.1234567890123456",
    ])
      expect(numeric(text)).toBe(text);
    for (const text of ["0", "0.00", "-0.5", "999999999999999"])
      expect(numeric(text)).toBe(Number(text));
    for (const text of ["NaN", "Infinity", "-Infinity"]) expect(numeric(text)).toBe(text);
  });

  it("of the type bigint are exact", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(String(decoderOf(20)(String(value)))).toBe(String(value));
      }),
    );
  });

  it("of the type double precision come back as they were, and without a JSON number as text", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(JSON.stringify(decoderOf(701)(String(value)))).toBe(JSON.stringify(value));
      }),
    );
    for (const text of ["NaN", "Infinity", "-Infinity"]) expect(decoderOf(701)(text)).toBe(text);
  });
});

describe("arrays", () => {
  const nested = fc.letrec((tie) => ({
    item: fc.option(fc.string({ unit: "binary" })),
    list: fc.array(fc.oneof({ maxDepth: 3 }, tie("item"), tie("list")), { maxLength: 4 }),
  })).list;

  it("of texts, nulls and arrays are decoded to what was encoded", () => {
    fc.assert(
      fc.property(nested, (value) => {
        expect(decodeArray(encodeParameter(value as never) as string)).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["{}", []],
    ['{NULL,null,"NULL",""}', [null, "null", "NULL", ""]],
    ["[0:1]={a,b}", ["a", "b"]],
    ["[1:1][2:3]={{a,b}}", [["a", "b"]]],
    ['{"a\\"b","c\\\\d","e,f","{g}"}', ['a"b', "c\\d", "e,f", "{g}"]],
  ])("as PostgreSQL prints them: %s", (text, expected) => {
    expect(decodeArray(text)).toEqual(expected);
  });

  it("of other types decode each item by its type", () => {
    expect(decoderOf(1016)("{1,9007199254740993,NULL}")).toEqual([1, "9007199254740993", null]);
    expect(decoderOf(1000)("{t,f}")).toEqual([true, false]);
    expect(decoderOf(3807)('{"{\\"a\\": [1]}"}')).toEqual([{ a: [1] }]);
    expect(typeName(3807)).toBe("jsonb[]");
  });
});

describe("other values", () => {
  it.each([
    [16, "t", true],
    [17, "\\x00ff10", "AP8Q"],
    [1184, "2026-03-01 12:00:00+00", "2026-03-01T12:00:00Z"],
    [1184, "2026-03-01 12:00:00.123456+00", "2026-03-01T12:00:00.123456Z"],
    [1184, "2026-03-01 12:00:00+02", "2026-03-01T10:00:00.000Z"],
    [1184, "infinity", "infinity"],
    [1184, "0044-03-15 12:00:00+00 BC", "0044-03-15 12:00:00+00 BC"],
    [1184, "10000-01-01 00:00:00+00", "10000-01-01 00:00:00+00"],
    [1114, "2026-03-01 12:00:00.5", "2026-03-01T12:00:00.5"],
    [1114, "-infinity", "-infinity"],
    [1114, "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"],
    [1082, "2026-03-01", "2026-03-01"],
    [1186, "1 mon 2 days", "1 mon 2 days"],
    [3802, '{"a":[null]}', { a: [null] }],
    [114, '{\n "a": "x\\ny",\r\n "b": 1}', { a: "x\ny", b: 1 }],
    [999_999, "whatever", "whatever"],
  ])("of type %i: %s", (oid, text, expected) => {
    expect(decoderOf(oid)(text)).toEqual(expected);
  });
});
