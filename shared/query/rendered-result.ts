/** A result set as JSON, rendered once and sent many times. */
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
      renderedBefore(
        { columns, columnsJson: JSON.stringify(columns), rowCount, truncated, format: first },
        `${text}]`,
      ),
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

/** What is known of a result beside its rows. `columnsJson` is `columns` as JSON. */
export type ResultShape = Pick<
  RenderedResult,
  "columns" | "columnsJson" | "rowCount" | "truncated" | "format"
>;

/** A result whose rows are JSON already, as text or in UTF-8. Columns have distinct names. */
export const renderedBefore = (shape: ResultShape, rowsJson: string | Buffer): RenderedResult =>
  new Rendered(shape, rowsJson);

/** A class, for it is made with every hit. */
class Rendered implements RenderedResult {
  readonly columns: readonly ResultColumn[];
  readonly columnsJson: string;
  readonly rowCount: number;
  readonly truncated: boolean;
  readonly format: RowFormat;
  readonly #rows: string | Buffer;
  /** The rows in the format that they were not rendered in, once it was asked for. */
  #converted: string | Buffer | null = null;

  constructor(shape: ResultShape, rowsJson: string | Buffer) {
    this.columns = shape.columns;
    this.columnsJson = shape.columnsJson;
    this.rowCount = shape.rowCount;
    this.truncated = shape.truncated;
    this.format = shape.format;
    this.#rows = toKeep(rowsJson);
  }

  rowsJson(format: RowFormat): string {
    return String(this.#rowsIn(format));
  }

  rowsBytes(format: RowFormat): Uint8Array {
    const rows = this.#rowsIn(format);
    return typeof rows === "string" ? Buffer.from(rows) : rows;
  }

  size(): number {
    return this.columnsJson.length + this.#rows.length + (this.#converted?.length ?? 0);
  }

  #rowsIn(format: RowFormat): string | Buffer {
    if (format === this.format) return this.#rows;
    this.#converted ??= toKeep(convert(this.columns, String(this.#rows), format));
    return this.#converted;
  }
}

/** Shorter rows are encoded whenever they are asked for: their text takes less room than a buffer of its own does. */
const BYTES_FROM = 2_048;

function toKeep(rows: string | Buffer): string | Buffer {
  if (typeof rows === "string") return rows.length < BYTES_FROM ? rows : encodeApart(rows);
  return rows.length < BYTES_FROM ? rows.toString() : rows;
}

const encoder = new TextEncoder();

/** In memory of its own: kept, a part of Buffer's pool would keep all of that. */
const encodeApart = (text: string): Buffer => Buffer.from(encoder.encode(text).buffer);

/** JSON text with the rows in it, as bytes. */
export function aroundRows(
  before: string,
  result: Pick<RenderedResult, "rowsBytes">,
  format: RowFormat,
  after: string,
): Buffer {
  const rows = result.rowsBytes(format);
  // Room for the longest that UTF-8 may be: to ask how long it is would encode it twice.
  const most = (before.length + after.length) * MOST_BYTES_PER_UNIT + rows.byteLength;
  const bytes = Buffer.allocUnsafe(most);
  let end = bytes.write(before, 0);
  bytes.set(rows, end);
  end += rows.byteLength;
  end += bytes.write(after, end);
  return bytes.subarray(0, end);
}

/** Of a UTF-16 unit of text in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

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

function convert(columns: readonly ResultColumn[], rowsJson: string, wanted: RowFormat): string {
  const rows = readCells(columns, rowsJson);
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
