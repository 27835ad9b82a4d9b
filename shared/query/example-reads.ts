/** Which tables and columns an example's SQL names: what must stay as it is for the example to hold. */
import { AppError } from "../kernel/app-error.ts";
import { thereIsNo } from "../kernel/nearest-names.ts";
import { meansTable, sameName, shownTable } from "../kernel/table-names.ts";
import type { SourceSchema, TableInfo } from "../sources/ports.ts";
import type { TableName } from "../sql/ports.ts";
import type { TableRead } from "./ports.ts";

/** The tables of the caller's schema that are read. @throws AppError table_not_found with the nearest names. */
export function tablesRead(
  names: readonly TableName[],
  { tables }: Pick<SourceSchema, "tables">,
): readonly TableInfo[] {
  return names.map((name) => {
    const found = tables.find((table) => meansTable(name, table));
    if (found !== undefined) return found;
    const message = thereIsNo("table", shownTable(name), tables.map(shownTable));
    throw new AppError("table_not_found", message, { fields: [{ pointer: "/sql", message }] });
  });
}

/** Rather a column too many than one too few: an unqualified name counts for each table that has it. */
export function readsOf(sql: string, tables: readonly TableInfo[]): readonly TableRead[] {
  const text = bareText(sql);
  const names = namesIn(text);
  const everything = /(?:\bselect\s+(?:distinct\s+|all\s+)?|[,.]\s*)\*/i.test(text);
  return tables.map((table) => {
    const aliases = aliasesOf(table, text);
    const columns = table.columns.filter(
      ({ name }) =>
        everything ||
        names.some(
          (one) =>
            sameName(one.name, name) &&
            (one.qualifier === null || aliases.known.has(one.qualifier) || aliases.isForeign(one)),
        ),
    );
    return {
      schema: table.schema,
      name: table.name,
      columns: columns.map(({ name, type }) => ({ name, type })),
    };
  });

  function aliasesOf(table: TableInfo, within: string) {
    const known = aliasNames(table, within);
    const others = new Set(
      tables.filter((one) => one !== table).flatMap((one) => [...aliasNames(one, within)]),
    );
    // A qualifier of no table is a subquery's, which may pass any of them on.
    const isForeign = ({ qualifier }: Name) => qualifier !== null && !others.has(qualifier);
    return { known, isForeign };
  }
}

interface Name {
  readonly qualifier: string | null;
  readonly name: string;
}

/** Without strings and comments, and without the stars that are no columns. */
function bareText(sql: string): string {
  return sql
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (part) =>
      part.startsWith("'") ? "''" : " ",
    )
    .replace(/\(\s*\*\s*\)/g, "()");
}

function namesIn(text: string): readonly Name[] {
  const part = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;
  const chain = new RegExp(String.raw`${part}(?:\s*\.\s*${part})*`, "gu");
  return [...text.matchAll(chain)].map(([found]) => {
    const parts = [...found.matchAll(new RegExp(part, "gu"))].map(([one]) => unquoted(one));
    return { qualifier: parts.at(-2)?.toLowerCase() ?? null, name: parts.at(-1) ?? "" };
  });
}

/** What the statement calls the table: its own name and every alias that follows it. */
function aliasNames({ name }: TableInfo, text: string): ReadonlySet<string> {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const after = new RegExp(
    String.raw`(?<![\w"])"?${quoted}"?\s+(?:as\s+)?("?[\p{L}_][\p{L}\p{N}_$]*"?)`,
    "giu",
  );
  const aliases = [...text.matchAll(after)].map((match) => unquoted(match[1] ?? "").toLowerCase());
  return new Set([name.toLowerCase(), ...aliases]);
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
