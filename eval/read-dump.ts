/** A PostgreSQL dump in plain SQL as statements that any connection can run: no psql commands, no COPY from its input. */
import { splitStatements } from "./sql-tokens.ts";

export interface DumpStep {
  readonly sql: string;
  /** For rows of a COPY block: the rows as JSON. */
  readonly params?: readonly string[];
}

const COPY = /^COPY\s+(\S+(?:\s*\.\s*\S+)?)\s*\(([^)]*)\)\s+FROM\s+stdin\b.*;\s*$/i;
const ROWS_AT_ONCE = 2_000;

/** In the order of the dump. */
export function readDump(text: string): readonly DumpStep[] {
  const steps: DumpStep[] = [];
  let script: string[] = [];
  const lines = text.split("\n");
  const flush = () => {
    steps.push(...splitStatements(script.join("\n")).map((sql) => ({ sql })));
    script = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? "").replace(/\r$/, "");
    const copy = COPY.exec(line);
    if (copy !== null) {
      flush();
      const end = lines.findIndex((one, place) => place > at && one.replace(/\r$/, "") === "\\.");
      const rows = lines.slice(at + 1, end < 0 ? lines.length : end);
      steps.push(...copySteps(copy[1] ?? "", copy[2] ?? "", rows));
      at = end < 0 ? lines.length : end;
    } else if (!line.startsWith("\\")) script.push(line);
  }
  flush();
  return steps;
}

/** JSON, since its populate function takes the table's own types for the cells. */
function copySteps(table: string, columns: string, rows: readonly string[]): readonly DumpStep[] {
  const names = columns.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  const sql = `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1::json)`;
  const steps: DumpStep[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE).map((row) => {
      const cells = row.replace(/\r$/, "").split("\t").map(copyCell);
      return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? null]));
    });
    steps.push({ sql, params: [JSON.stringify(some)] });
  }
  return steps;
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function copyCell(text: string): string | null {
  if (text === "\\N") return null;
  return text.replaceAll(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
