/** A first semantic model out of a source's catalogue: nothing in it changes an answer for the worse, and much is left to say. */
import type { SemanticColumn, SemanticModel, SemanticTable } from "../contract/semantic-model.ts";
import {
  isAveragedName,
  isEndingName,
  isNumericType,
  isTimeType,
} from "../kernel/column-nature.ts";
import { wordsOf } from "../kernel/identifiers.ts";
import type { ColumnInfo, SourceSchema, TableInfo } from "../sources/ports.ts";

/** Short forms in names, and what they stand for. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map(
  `acct account|addr address|amt amount|avg average|bal balance|cat category|cnt count|cust customer|curr currency
  dept department|desc description|dest destination|dob date of birth|dt date|emp employee|fname first name|grp group
  inv invoice|lname last name|loc location|mgr manager|msg message|mth month|nbr number|num number|ord order
  org organization|pct percent|prev previous|prod product|qty quantity|ref reference|req request|resp response
  src source|tel telephone|tot total|trx transaction|txn transaction|usr user|val value|yr year`
    .split(/[|\n]/)
    .map((line): readonly [string, string] => {
      const [short = "", ...long] = line.trim().split(" ");
      return [short, long.join(" ")];
    }),
);

const UNITS: ReadonlyMap<string, string> = new Map([
  ["ms", "milliseconds"],
  ["sec", "seconds"],
  ["seconds", "seconds"],
  ["minutes", "minutes"],
  ["hours", "hours"],
  ["days", "days"],
  ["usd", "USD"],
  ["eur", "EUR"],
  ["pct", "percent"],
]);

export function draftModel(schema: SourceSchema): SemanticModel {
  const names = schema.tables.map(({ name }) => name);
  const alone = (name: string) => names.filter((one) => one === name).length === 1;
  const shown = ({ schema: home, name }: TableInfo) => (alone(name) ? name : `${home}.${name}`);
  return {
    tables: schema.tables.map((table) => draftTable(table, shown(table))),
    relationships: schema.tables.flatMap((table) => roleNames(table, schema, shown)),
    metrics: [],
    filters: [],
  };
}

function draftTable(table: TableInfo, name: string): SemanticTable {
  const time = defaultTime(table);
  return {
    name,
    ...(table.comment !== undefined && { description: table.comment.slice(0, 2_000) }),
    synonyms: synonymsOf(table.name, table.comment),
    ...(time !== undefined && { default_time_column: time }),
    columns: table.columns.map((column) => draftColumn(table, column)),
  };
}

function draftColumn(table: TableInfo, column: ColumnInfo): SemanticColumn {
  const role = roleOf(table, column);
  const unit = UNITS.get(wordsOf(column.name).at(-1) ?? "");
  return {
    name: column.name,
    ...(column.comment !== undefined && { description: column.comment.slice(0, 2_000) }),
    synonyms: synonymsOf(column.name, column.comment),
    role,
    ...(role === "measure" && {
      default_aggregation: isAveragedName(column.name) ? "avg" : "sum",
    }),
    ...(role === "measure" && unit !== undefined && { unit }),
    ...(role === "dimension" && valuesOf(column)),
  };
}

/** More are a list to look things up in, which nobody puts in other words. */
const MOST_VALUES = 12;
const LONGEST_VALUE = 60;

/** To be filled in: what people say for each. */
function valuesOf({ values = [] }: ColumnInfo): Pick<SemanticColumn, "values"> {
  const plain = values.every(
    (value) =>
      value.length <= LONGEST_VALUE && /^[^\p{C}]+$/u.test(value) && value === value.trim(),
  );
  const few = values.length > 0 && values.length <= MOST_VALUES;
  return few && plain ? { values: values.map((value) => ({ value, synonyms: [] })) } : {};
}

function roleOf(table: TableInfo, { name, type }: ColumnInfo): NonNullable<SemanticColumn["role"]> {
  const refers = table.foreignKeys.some((key) => key.columns.includes(name));
  if (table.primaryKey.includes(name) || refers || /(^|_)id$/i.test(name)) return "key";
  if (isTimeType(type)) return "time";
  return isNumericType(type) ? "measure" : "dimension";
}

/** Only where there is no choice: the moment that every row has, and that is not the end of something. */
function defaultTime({ columns }: TableInfo): string | undefined {
  const times = columns.filter(({ type }) => isTimeType(type));
  const usual = times.filter(({ nullable, name }) => !nullable && !isEndingName(name));
  if (usual.length === 1) return usual[0]?.name;
  return times.length === 1 ? times[0]?.name : undefined;
}

/** The name with its short forms written out, and what a comment lists after its colon. */
function synonymsOf(name: string, comment: string | undefined): string[] {
  const words = wordsOf(name);
  const long = words.map((word) => ABBREVIATIONS.get(word) ?? word).join(" ");
  const listed = (/: *([^:;.]+)$/.exec(comment ?? "")?.[1] ?? "")
    .split(",")
    .map((one) => one.trim().replace(/^(the|a|an) /, ""))
    .filter((one) => /^\p{L}+( \p{L}+)?$/u.test(one));
  return [...new Set([...(long === words.join(" ") ? [] : [long]), ...listed])];
}

/** Where several keys lead to one table, each plays a part of its own. */
function roleNames(
  table: TableInfo,
  { tables }: SourceSchema,
  shown: (table: TableInfo) => string,
): SemanticModel["relationships"] {
  const target = ({ references }: TableInfo["foreignKeys"][number]) =>
    `${references.schema}.${references.table}`;
  return table.foreignKeys
    .filter((key) => table.foreignKeys.filter((one) => target(one) === target(key)).length > 1)
    .flatMap((key) => {
      const parent = tables.find((one) => `${one.schema}.${one.name}` === target(key));
      if (parent === undefined) return [];
      return {
        name: wordsOf(key.columns.join(" ").replace(/_id\b/g, "")).join(" "),
        from: key.columns.map((column) => `${shown(table)}.${column}`),
        to: key.references.columns.map((column) => `${shown(parent)}.${column}`),
      };
    });
}
