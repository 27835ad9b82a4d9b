/** What policies put in a column's place, as text, for the dialects whose views are written rather than built as trees. */
import { quoted } from "../kernel/identifiers.ts";
import type { Mask, PolicyExpressions } from "../policy/ports.ts";
import type { AstNode, RelationView } from "./ports.ts";

/** How a dialect writes what the expressions are made of. */
export interface TextDialect {
  /** The value that is bound under this name, as text. */
  bound(name: string): string;
  literal(value: string): string;
  /** SHA-256 of a text, in hexadecimal digits. */
  sha256(text: string): string;
}

/** The alias of the table within its view: every column is named by it, so that no alias of the list is meant. */
export const ROW = "POLICY_ROW";
const SALT = "mask_salt";
const STARS = "****";

export const textNode = (sql: string): AstNode => ({ PolicyText: sql });
const textIn = (node: AstNode): string => String(node.PolicyText);

/** A relation as one caller sees it. `fence` keeps conditions from outside off the rows that the filter hides. */
export function viewText({ schema, name, columns, filter }: RelationView, fence: string): string {
  const list = columns.map((column) => {
    const as = quoted(column.name);
    return column.value === null ? `${ROW}.${as}` : `(${textIn(column.value)}) AS ${as}`;
  });
  const where = filter === null ? "" : ` WHERE (${textIn(filter)}) ${fence}`;
  return `SELECT ${list.join(", ")} FROM ${quoted(schema)}.${quoted(name)} AS ${ROW}${where}`;
}

export function createTextExpressions(dialect: TextDialect): PolicyExpressions {
  const own = (name: string) => `${ROW}.${quoted(name)}`;
  const nullOf = (name: string) => `CASE WHEN FALSE THEN ${own(name)} END`;
  return {
    never: textNode("FALSE"),
    column: (name) => textNode(own(name)),
    nullOf: (name) => textNode(nullOf(name)),
    anyOf: (conditions) =>
      textNode(
        conditions.length === 0
          ? "FALSE"
          : conditions.map((one) => `(${textIn(one)})`).join(" OR "),
      ),
    choose: (condition, value, otherwise) =>
      textNode(
        `CASE WHEN ${textIn(condition)} THEN ${textIn(value)} ELSE ${textIn(otherwise)} END`,
      ),
    masked: (name, mask) => textNode(masked(dialect, own(name), nullOf(name), mask)),
  };
}

function masked(dialect: TextDialect, own: string, none: string, mask: Mask): string {
  const value = `CAST(${own} AS VARCHAR)`;
  switch (mask.kind) {
    case "null":
      return none;
    case "constant":
      // The branch that is never taken gives the constant the column's type.
      return `CASE WHEN TRUE THEN ${constant(dialect, mask.value)} ELSE ${own} END`;
    case "hash":
      return dialect.sha256(`${dialect.bound(SALT)} || ${value}`);
    case "partial":
      return `CASE WHEN LENGTH(${value}) <= ${mask.keepLast} THEN '${STARS}' ELSE '${STARS}' || RIGHT(${value}, ${mask.keepLast}) END`;
  }
}

function constant(dialect: TextDialect, value: string | number | boolean): string {
  return typeof value === "boolean" ? String(value).toUpperCase() : dialect.literal(String(value));
}
