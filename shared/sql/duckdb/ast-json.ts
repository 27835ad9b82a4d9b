/**
 * DuckDB's serialised statements as plain data and back. Its integers go up to 2^64, which no JavaScript number holds,
 * and its reader takes `1000` for no double: numbers that are long or have a point travel as `{ "$number": "1000.0" }`
 * and are written back digit for digit.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const SHORT_INTEGER = /^-?\d{1,15}$/;
/** A key that DuckDB does not write; within a string the quotes around it would be escaped. */
const WRAPPED = /\{"\$number":"([-+\d.eE]+)"\}/g;

export function readAst(json: string): unknown {
  return JSON.parse(
    json.replace(TOKEN, (found) =>
      found.startsWith('"') || SHORT_INTEGER.test(found) ? found : `{"$number":"${found}"}`,
    ),
  );
}

export function writeAst(value: unknown): string {
  return JSON.stringify(value).replace(WRAPPED, "$1");
}

/** A number of a tree that was read so; NaN for anything else. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return Number((value as { readonly $number?: string } | null | undefined)?.$number);
}
