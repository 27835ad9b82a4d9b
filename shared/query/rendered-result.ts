/** A result set as JSON text, rendered once and sent many times. */
import type { RenderedResult, RowFormat } from "../cache/ports.ts";
import type { JsonValue, ResultColumn, ResultSet } from "../sources/ports.ts";

/** @param first the format that was asked for; the other is made when someone asks. */
export function renderResult(result: ResultSet, first: RowFormat): RenderedResult {
  const columns = distinctNames(result.columns);
  const texts: Partial<Record<RowFormat, string>> = {
    [first]: render(columns, result.rows, first),
  };
  return fromTexts(columns, result.rows.length, result.truncated, texts);
}

function fromTexts(
  columns: readonly ResultColumn[],
  rowCount: number,
  truncated: boolean,
  texts: Partial<Record<RowFormat, string>>,
): RenderedResult {
  const columnsJson = JSON.stringify(columns);
  return {
    columns,
    columnsJson,
    rowCount,
    truncated,
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

function render(
  columns: readonly ResultColumn[],
  rows: readonly (readonly JsonValue[])[],
  format: RowFormat,
): string {
  if (format === "arrays") return JSON.stringify(rows);
  const keys = columns.map((column, i) => `${i === 0 ? "" : ","}${JSON.stringify(column.name)}:`);
  let text = "[";
  rows.forEach((row, i) => {
    text += i === 0 ? "{" : ",{";
    for (let c = 0; c < keys.length; c++) text += keys[c] + JSON.stringify(row[c]);
    text += "}";
  });
  return `${text}]`;
}

function convert(
  columns: readonly ResultColumn[],
  texts: Partial<Record<RowFormat, string>>,
  wanted: RowFormat,
): string {
  const parsed = JSON.parse(texts.arrays ?? texts.objects ?? "[]") as (
    | JsonValue[]
    | Record<string, JsonValue>
  )[];
  const rows = parsed.map((row) =>
    Array.isArray(row) ? row : columns.map((column) => row[column.name] ?? null),
  );
  return render(columns, rows, wanted);
}
