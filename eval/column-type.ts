/** The PostgreSQL type of a column whose declaration may promise what its cells do not keep. */
import type { DataCell } from "./read-database.ts";

const WHOLE = /^[+-]?\d{1,18}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?$/;
const MAX_INTEGER = 2_147_483_647;

/** The declared type where every cell is of it, else the narrowest wider one: in the end, text. */
export function postgresType(declared: string, cells: readonly DataCell[]): string {
  const type = declared.toLowerCase();
  const texts = cells.filter((cell) => cell !== null).map(String);
  const all = (test: (text: string) => boolean) => texts.every(test);
  const number = (fraction: string) => (all((text) => NUMBER.test(text)) ? fraction : "text");
  const integer = () =>
    texts.some((text) => Math.abs(Number(text)) > MAX_INTEGER) ? "bigint" : "integer";
  const isWhole = all((text) => WHOLE.test(text));
  if (/bool/.test(type)) return all((text) => /^[01]$/.test(text)) ? "boolean" : "text";
  if (/int|year/.test(type)) return isWhole ? integer() : number("double precision");
  if (/real|floa|doub/.test(type)) return number("double precision");
  if (/dec|num/.test(type)) return number("numeric");
  if (!/date|timestamp/.test(type)) return "text";
  if (type === "date" && all(isDay)) return "date";
  if (all((text) => isDay(text) || isTime(text))) return "timestamp without time zone";
  return texts.length > 0 && isWhole ? integer() : "text";
}

function isDay(text: string): boolean {
  return DAY.test(text) && isReal(text);
}

function isTime(text: string): boolean {
  return TIME.test(text) && isReal(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

/** `0000-00-00` and `2009-02-31` are no days. */
function isReal(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !day.startsWith("0000") && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}
