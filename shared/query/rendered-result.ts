/** A result set as JSON text, rendered once and sent many times. */
import type { RenderedResult, RowFormat } from "../cache/ports.ts";
import type { JsonRow, JsonValue, ResultColumn, ResultStream } from "../sources/ports.ts";

/** Reads a stream to its end. @param first the format that was asked for. @throws what reading throws. */
export async function renderStream(
  stream: ResultStream,
  first: RowFormat,
): Promise<RenderedResult> {
  const rendering = startRendering(stream.columns, first);
  try {
    for (let batch = await stream.read(); batch !== null; batch = await stream.read())
      rendering.add(batch);
  } finally {
    // A text that is too long to be made leaves rows unread.
    await stream.close();
  }
  return rendering.finish(stream.truncated());
}

/** Rows become text as they come; the other format is made when someone asks. */
export function startRendering(sourceColumns: readonly ResultColumn[], first: RowFormat) {
  const columns = distinctNames(sourceColumns);
  const writeRow = rowWriter(columns, first);
  let rowCount = 0;
  let text = "[";
  return {
    add(rows: readonly JsonRow[]): void {
      for (const row of rows) text += (rowCount++ === 0 ? "" : ",") + writeRow(row);
    },
    finish: (truncated: boolean): RenderedResult =>
      renderedBefore(columns, rowCount, truncated, first, `${text}]`),
  };
}

/** One row as JSON. `columns` have distinct names. */
export function rowWriter(
  columns: readonly ResultColumn[],
  format: RowFormat,
): (row: JsonRow) => string {
  if (format === "arrays") return (row) => `[${row.join(",")}]`;
  if (columns.length === 0) return () => "{}";
  const keys = columns.map((column, i) => `${i === 0 ? "{" : ","}${JSON.stringify(column.name)}:`);
  return (row) => {
    let text = "";
    for (let i = 0; i < keys.length; i++) text += (keys[i] as string) + (row[i] as string);
    return `${text}}`;
  };
}

/** A result whose rows are text already. `columns` have distinct names. */
export function renderedBefore(
  columns: readonly ResultColumn[],
  rowCount: number,
  truncated: boolean,
  format: RowFormat,
  rowsJson: string,
): RenderedResult {
  const columnsJson = JSON.stringify(columns);
  const texts: Partial<Record<RowFormat, string>> = { [format]: rowsJson };
  return {
    columns,
    columnsJson,
    rowCount,
    truncated,
    format,
    rowsJson: (format) => {
      texts[format] ??= convert(columns, texts, format);
      return texts[format];
    },
    size: () => columnsJson.length + (texts.arrays?.length ?? 0) + (texts.objects?.length ?? 0),
  };
}

/** Two columns of one name would silently become one in an object: the later ones get a number. */
export function distinctNames(columns: readonly ResultColumn[]): ResultColumn[] {
  const taken = new Set(columns.map((column) => column.name));
  const seen = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    for (let n = 2; seen.has(name); n++) {
      const numbered = `${column.name}_${n}`;
      if (!taken.has(numbered)) name = numbered;
    }
    seen.add(name);
    taken.add(name);
    return { name, type: column.type };
  });
}

/** The cells of a result, in the order of its columns. */
export const cellsOf = (result: RenderedResult): readonly JsonRow[] =>
  readCells(result.columns, result.rowsJson(result.format));

/** Numbers keep the digits they were sent with: a double may not hold them. */
function readCells(columns: readonly ResultColumn[], rowsJson: string): readonly JsonRow[] {
  const rows = parseExactly(rowsJson) as (JsonValue[] | Record<string, JsonValue>)[];
  return rows.map((row) => {
    const cells = Array.isArray(row) ? row : columns.map((column) => row[column.name]);
    return cells.map((cell) => JSON.stringify(cell ?? null));
  });
}

function convert(
  columns: readonly ResultColumn[],
  texts: Partial<Record<RowFormat, string>>,
  wanted: RowFormat,
): string {
  const rows = readCells(columns, texts.arrays ?? texts.objects ?? "[]");
  return `[${rows.map(rowWriter(columns, wanted)).join(",")}]`;
}

interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(source: string): unknown;
}

/** ECMAScript's source text access (Node 22 and newer), which TypeScript's library does not know yet. */
function parseExactly(text: string): unknown {
  const json = JSON as unknown as ExactJson;
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? json.rawJSON(source) : value,
  );
}
