/** What the shapes cannot say: which functions, which tables, which names. */
import type { TableName } from "../ports.ts";
import { type Refusals, shown } from "../refusals.ts";
import {
  BARE_FUNCTIONS,
  CHANGING_FUNCTIONS,
  FUNCTIONS,
  MAX_GENERATED_ROWS,
  PSEUDO_COLUMNS,
  TABLE_FUNCTIONS,
} from "./functions.ts";
import { type Scope, storedName } from "./scopes.ts";
import type { Fields } from "./walk.ts";

/** A table as it stands in the canonical text: where a policy may put something else. */
export interface TablePlace {
  readonly table: TableName;
  /** Columns (1-based, code points) of the first and the last part of its name. */
  readonly from: number;
  readonly to: number;
  readonly hasAlias: boolean;
}

export interface Facts {
  readonly refusals: Refusals;
  readonly places: TablePlace[];
  readonly functions: string[];
  /** Every name, string and parameter of the tree, to be compared with the tokens. */
  readonly idents: Fields[];
  readonly strings: string[];
  readonly quotedKeys: string[];
  readonly parameters: string[];
  changing: boolean;
}

/** `known`: nodes that a rule of their parent has judged already. */
type Rule = (node: Fields, facts: Facts, scope: Scope, known: WeakSet<object>) => void;

const namesOf = (parts: unknown): readonly Fields[] =>
  (Array.isArray(parts) ? parts : []).map((part: Fields) => (part.Identifier ?? {}) as Fields);

const column = (ident: Fields | undefined) =>
  (ident?.span as { start?: { column?: number } } | undefined)?.start?.column ?? 0;

export const RULES: Readonly<Record<string, Rule>> = {
  Ident: (node, facts, _scope, known) => {
    facts.idents.push(node);
    const quote = node.quote_style ?? null;
    if (quote !== null && quote !== '"' && !known.has(node))
      facts.refusals.add("syntax_not_allowed", "A string in the place of a name is not allowed.");
    const word = String(node.value).toUpperCase();
    if (quote === null && RESERVED.has(word))
      facts.refusals.add(
        "syntax_not_allowed",
        `${word} is a reserved word: as a name it is quoted.`,
      );
  },
  Ilike: (node, facts) => {
    facts.strings.push(String(node.pattern));
  },
  "JsonPathPart.Dot": (node, facts) => {
    if (node.quoted === true) facts.quotedKeys.push(String(node.key));
  },
  "Expr.Identifier": judgeColumn,
  "TableFactor.Table": judgeTable,
  "TableFactor.TableFunction": judgeTableFunction,
  "TableFactor.Function": judgeLateralFunction,
  Function: judgeFunction,
  // Written as strings these are names all the same: elsewhere a string in the place of a name is refused.
  DictionaryField: (node, _facts, _scope, known) => {
    known.add(node.key as object);
  },
  "Expr.Prefixed": ({ prefix }, facts) => {
    const { value, quote_style: quote } = prefix as Fields;
    const word = String(value).toUpperCase();
    if ((quote ?? null) !== null || word !== "CONNECT_BY_ROOT")
      facts.refusals.add(
        "syntax_not_allowed",
        `${shown(word)} before an expression is not allowed.`,
      );
  },
  "Expr.Collate": (node, _facts, _scope, known) => {
    for (const part of namesOf(node.collation)) known.add(part);
  },
};

/**
 * Snowflake takes none of these for a name, the parser some: what it then reads is not what Snowflake would.
 * Source: Snowflake documentation, "Reserved & limited keywords"; those that are functions too are left out.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...[
    "ALTER",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CONNECT",
    "CREATE",
    "CROSS",
    "DELETE",
    "DISTINCT",
    "DROP",
  ],
  ...[
    "ELSE",
    "EXISTS",
    "FOR",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "INTO",
    "IS",
  ],
  ...[
    "JOIN",
    "LATERAL",
    "MINUS",
    "NATURAL",
    "NOT",
    "OF",
    "ON",
    "OR",
    "ORDER",
    "QUALIFY",
    "REVOKE",
    "ROWS",
    "SAMPLE",
  ],
  ...[
    "SELECT",
    "SET",
    "START",
    "TABLE",
    "TABLESAMPLE",
    "THEN",
    "TO",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
  ],
  ...["WHEN", "WHERE", "WITH"],
]);

/** For payloads that are not structures. */
export const VALUE_RULES: Readonly<Record<string, (value: unknown, facts: Facts) => void>> = {
  "Value.SingleQuotedString": (value, facts) => {
    facts.strings.push(String(value));
  },
  "Value.Placeholder": (value, facts) => {
    facts.parameters.push(String(value));
  },
  "Expr.CompoundIdentifier": (value, facts) => {
    const last = (value as readonly Fields[]).at(-1);
    if (last) judgeColumn(last, facts);
  },
  "DataType.Custom": (value, facts) => {
    const [name] = value as readonly unknown[];
    const parts = namesOf(name).map(storedName);
    if (parts.length !== 1 || !CUSTOM_TYPES.has(parts[0] ?? ""))
      facts.refusals.add("syntax_not_allowed", `The type ${shown(parts.join("."))} is not known.`);
  },
};

/** Types that the parser knows by their names alone. */
const CUSTOM_TYPES: ReadonlySet<string> = new Set([
  ...["NUMBER", "BYTEINT", "VARIANT", "OBJECT", "GEOGRAPHY", "GEOMETRY", "DECFLOAT"],
  ...["TIMESTAMP_LTZ", "TIMESTAMP_NTZ", "TIMESTAMP_TZ", "STRING"],
]);

function judgeColumn(ident: Fields, facts: Facts): void {
  const name = String(ident.value ?? "").toUpperCase();
  if (PSEUDO_COLUMNS.has(name) || /^(?:METADATA|SYSTEM)\$/.test(name))
    facts.refusals.add("pseudo_column", `${shown(name)} is not allowed.`);
  if (ident.quote_style !== '"' && BARE_FUNCTIONS.has(name)) {
    facts.changing = true;
    facts.functions.push(name.toLowerCase());
  }
}

/** Relations that describe the account rather than hold its data. */
const CATALOGUE_SCHEMAS: ReadonlySet<string> = new Set(["INFORMATION_SCHEMA", "ACCOUNT_USAGE"]);

function judgeTable(node: Fields, facts: Facts, scope: Scope): void {
  const parts = namesOf(node.name);
  const [name = "", schema = null, ...more] = parts.map(storedName).reverse();
  if (more.length > 0 || parts.length === 0) {
    const written = shown(parts.map(storedName).join("."));
    facts.refusals.add("other_database", `${written}: a table is written as name or schema.name.`);
    return;
  }
  if (schema === null && scope.names.has(name)) return;
  if (CATALOGUE_SCHEMAS.has((schema ?? "").toUpperCase()))
    facts.refusals.add("catalog_relation", `${shown(`${schema}.${name}`)} is not allowed.`);
  facts.places.push({
    table: { schema, name },
    from: column(parts[0]),
    to: column(parts.at(-1)),
    hasAlias: node.alias !== undefined && node.alias !== null,
  });
}

function judgeTableFunction(
  node: Fields,
  facts: Facts,
  _scope: Scope,
  known: WeakSet<object>,
): void {
  const call = (node.expr as { Function?: Fields } | undefined)?.Function;
  if (call === undefined) {
    facts.refusals.add("table_function", "TABLE(…) takes a table function and nothing else.");
    return;
  }
  known.add(call);
  const args = (call.args as { List?: { args?: unknown } } | undefined)?.List?.args;
  judgeRows(call.name, args, facts);
}

function judgeLateralFunction(node: Fields, facts: Facts): void {
  if (node.lateral !== true)
    facts.refusals.add(
      "table_function",
      "A table function is written as TABLE(f(…)) or LATERAL f(…).",
    );
  judgeRows(node.name, node.args, facts);
}

function judgeRows(parts: unknown, args: unknown, facts: Facts): void {
  const name = callName(parts);
  if (name === null || !TABLE_FUNCTIONS.has(name)) {
    facts.refusals.add(
      "table_function",
      `The table function ${writtenName(parts)} is not allowed.`,
    );
    return;
  }
  facts.functions.push(name.toLowerCase());
  if (name === "GENERATOR" && !isBounded(args))
    facts.refusals.add(
      "table_function",
      `GENERATOR needs ROWCOUNT => a number of at most ${MAX_GENERATED_ROWS}, and nothing else.`,
    );
}

interface NamedArgument {
  readonly Named?: {
    readonly name?: Fields;
    readonly arg?: {
      readonly Expr?: { readonly Value?: { readonly value?: { readonly Number?: unknown } } };
    };
  };
}

function isBounded(args: unknown): boolean {
  const [only, ...more] = (Array.isArray(args) ? args : []) as readonly NamedArgument[];
  const number = only?.Named?.arg?.Expr?.Value?.value?.Number;
  const rows = Array.isArray(number) ? Number(number[0]) : Number.NaN;
  return (
    more.length === 0 &&
    storedName(only?.Named?.name ?? {}) === "ROWCOUNT" &&
    rows >= 0 &&
    rows <= MAX_GENERATED_ROWS
  );
}

/** Comparisons with a list read as calls of these. */
const LIST_WORDS: ReadonlySet<string> = new Set(["ALL", "ANY"]);

function judgeFunction(node: Fields, facts: Facts, _scope: Scope, known: WeakSet<object>): void {
  if (known.has(node)) return;
  const name = callName(node.name);
  if (name !== null && LIST_WORDS.has(name)) return;
  if (name === null || !FUNCTIONS.has(name)) {
    facts.refusals.add(
      "function_not_allowed",
      `The function ${writtenName(node.name)} is not allowed.`,
    );
    return;
  }
  facts.functions.push(name.toLowerCase());
  if (CHANGING_FUNCTIONS.has(name)) facts.changing = true;
}

/** Built-in functions are called by one unquoted name; a qualified or quoted one may be anybody's. */
function callName(parts: unknown): string | null {
  const names = namesOf(parts);
  const [only] = names;
  if (only === undefined || names.length > 1 || (only.quote_style ?? null) !== null) return null;
  return storedName(only);
}

const writtenName = (parts: unknown) => shown(namesOf(parts).map(storedName).join("."));
