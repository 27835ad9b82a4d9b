/** Parquet as another library reads it: types, exact values, NULLs, and more than one row group. */
// covers: JOB-07
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { openParquetFile } from "../../../shared/adapters/parquet/parquet-file.ts";
import type { JsonRow, ResultColumn } from "../../../shared/sources/ports.ts";

async function written(
  columns: readonly ResultColumn[],
  batches: readonly (readonly JsonRow[])[],
): Promise<{ file: ArrayBuffer; writes: number[] }> {
  const parts: Uint8Array[] = [];
  const parquet = await openParquetFile(columns, async (bytes) => {
    // It may be used again as soon as this settles.
    parts.push(bytes.slice());
  });
  for (const rows of batches) await parquet.add(rows);
  await parquet.finish();
  const whole = Buffer.concat(parts);
  return {
    file: whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length) as ArrayBuffer,
    writes: parts.map((part) => part.length),
  };
}

const column = (type: string) => [{ name: "v", type }];
const values = async (type: string, cells: readonly string[]) => {
  const { file } = await written(column(type), [cells.map((cell) => [cell])]);
  return (await parquetReadObjects({ file, utf8: true })).map((row) => row.v);
};

describe("a column of", () => {
  it.each([
    ["smallint", ["-32768", "32767", "null"], [-32_768, 32_767, null]],
    ["integer", ["-2147483648", "2147483647", "null"], [-2_147_483_648, 2_147_483_647, null]],
    [
      "bigint",
      ['"-9223372036854775808"', '"9223372036854775807"', "7", "null"],
      [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n, 7n, null],
    ],
    [
      "double precision",
      ["1.5", '"NaN"', '"-Infinity"', "null"],
      [1.5, Number.NaN, -Infinity, null],
    ],
    ["real", ["0.25", "null"], [0.25, null]],
    [
      "numeric",
      ['"123456789012345678901234567890.123456789"', "12.50", "null"],
      ["123456789012345678901234567890.123456789", "12.50", null],
    ],
    ["boolean", ["true", "false", "null"], [true, false, null]],
    ["text", ['"a\\u0000 \\"b\\" \u{1f4a5}"', '""', "null"], ['a\u0000 "b" \u{1f4a5}', "", null]],
    [
      "jsonb",
      ['{"n":12345678901234567890}', '"x"', "null"],
      ['{"n":12345678901234567890}', "x", null],
    ],
    ["text[]", ['["a",null]'], ['["a",null]']],
    ["uuid", ['"6f1c2f0e-0000-4000-8000-000000000000"'], ["6f1c2f0e-0000-4000-8000-000000000000"]],
    [
      "date",
      ['"1969-12-31"', '"2026-11-22"', "null"],
      [new Date("1969-12-31"), new Date("2026-11-22"), null],
    ],
    [
      "timestamp with time zone",
      ['"2026-11-22T14:57:00.123Z"', '"0001-01-01T00:00:00Z"', "null"],
      [new Date("2026-11-22T14:57:00.123Z"), new Date("0001-01-01T00:00:00Z"), null],
    ],
  ] as const)("%s comes back as it was", async (type, cells, expected) => {
    expect(await values(type, cells)).toEqual(expected);
  });

  it("bytes comes back as bytes", async () => {
    const { file } = await written(column("bytea"), [[['"AP+A"']]]);
    const [row] = await parquetReadObjects({ file, utf8: false });
    expect(Buffer.from(row?.v as Uint8Array)).toEqual(Buffer.from([0, 255, 128]));
  });

  it("times keeps its microseconds", async () => {
    const { file } = await written(column("timestamp without time zone"), [
      [['"2026-11-22T14:57:00.123456"']],
    ]);
    const parsers = { timestampFromMicroseconds: (micros: bigint) => micros };
    const [row] = await parquetReadObjects({ file, parsers: parsers as never });
    expect(row?.v).toBe(BigInt(Date.parse("2026-11-22T14:57:00Z")) * 1_000n + 123_456n);
    const [, schema] = parquetMetadata(file).schema;
    expect(schema?.logical_type).toMatchObject({ isAdjustedToUTC: false, unit: "MICROS" });
  });
});

describe("a value that the type cannot hold", () => {
  it.each([
    ["date", '"infinity"'],
    ["date", '"0044-03-15 BC"'],
    ["timestamp with time zone", '"-infinity"'],
    ["integer", "2147483648"],
    ["bigint", '"9223372036854775808"'],
  ])("of %s, %s, is refused rather than changed", async (type, cell) => {
    await expect(values(type, [cell])).rejects.toMatchObject({
      code: "query_failed",
      detail: expect.stringContaining("The column v "),
    });
  });
});

describe("many rows", () => {
  it("go out as they come, and are all there in order", async () => {
    const batch = (from: number): JsonRow[] =>
      Array.from({ length: 1_000 }, (_, i) => [`${from + i}`, `"row ${from + i}"`]);
    const columns = [
      { name: "n", type: "integer" },
      { name: "t", type: "text" },
    ];
    const batches = Array.from({ length: 120 }, (_, i) => batch(i * 1_000));
    const { file, writes } = await written(columns, batches);
    expect(writes.length).toBeGreaterThan(3);
    expect(Math.max(...writes)).toBeLessThan(file.byteLength / 2);
    expect(parquetMetadata(file).row_groups).toHaveLength(3);
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(120_000);
    expect(rows.every((row, i) => row.n === i && row.t === `row ${i}`)).toBe(true);
  });

  it("may be none", async () => {
    const { file } = await written(column("text"), []);
    expect(parquetMetadata(file).num_rows).toBe(0n);
    expect(await parquetReadObjects({ file })).toEqual([]);
  });
});
