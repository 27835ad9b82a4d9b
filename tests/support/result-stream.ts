/** A result that is known beforehand: as a stream, or rendered. */
import type { RenderedResult, RowFormat } from "../../shared/cache/ports.ts";
import { startRendering } from "../../shared/query/rendered-result.ts";
import type { JsonValue, ResultColumn, ResultStream } from "../../shared/sources/ports.ts";

export interface KnownResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly JsonValue[])[];
  readonly truncated: boolean;
}

const cellsOf = ({ rows }: KnownResult) =>
  rows.map((row) => row.map((value) => JSON.stringify(value)));

export function renderKnown(result: KnownResult, format: RowFormat): RenderedResult {
  const rendering = startRendering(result.columns, format);
  rendering.add(cellsOf(result));
  return rendering.finish(result.truncated);
}

export function streamOf(result: KnownResult): ResultStream {
  let taken = result.rows.length === 0;
  return {
    columns: result.columns,
    read: async () => {
      if (taken) return null;
      taken = true;
      return cellsOf(result);
    },
    truncated: () => result.truncated,
    close: async () => undefined,
  };
}
