/** A parsed SELECT as PostgreSQL's own grammar gives it, and how its nodes are looked into. */

/** A node of the parse tree as plain JSON. */
export interface SqlNode {
  readonly [key: string]: unknown;
}

/** What is inside `SelectStmt`. */
export type ParsedSelect = SqlNode;

/** Undefined for a text that is not one SELECT. Parsing needs a library: composition hands it in. */
export type SelectReader = (sql: string) => ParsedSelect | undefined;

/** The statement says what a program has no words for. */
export class Unsupported extends Error {}

export function listOf(value: unknown): readonly SqlNode[] {
  return Array.isArray(value) ? (value as readonly SqlNode[]) : [];
}

export function child(node: SqlNode | undefined, key: string): SqlNode | undefined {
  return node?.[key] as SqlNode | undefined;
}

export function textOf(node: SqlNode | undefined): string {
  return String(child(node, "String")?.sval ?? "");
}

/** The name of a called function or operator, without its schema. */
export function calledName(names: unknown): string {
  return textOf(listOf(names).at(-1)).toLowerCase();
}

/** Without the type that a value is given. */
export function uncast(node: SqlNode): SqlNode {
  const cast = child(node, "TypeCast");
  return cast === undefined ? node : uncast(child(cast, "arg") ?? {});
}

/** What PostgreSQL's tree leaves out because it is the default of its type. */
const unwritten: Readonly<Record<string, string>> = { ival: "0", boolval: "false" };

/** @param params Values of $1, $2 … @throws Unsupported for anything but a value. */
export function constantOf(given: SqlNode, params: readonly unknown[]): string {
  const node = uncast(given);
  const expression = child(node, "A_Expr");
  if (expression?.lexpr === undefined && calledName(expression?.name) === "-") {
    return `-${constantOf(child(expression, "rexpr") ?? {}, params)}`;
  }
  const place = child(node, "ParamRef");
  if (place !== undefined) {
    return parameterOf(params[Number(place.number) - 1]);
  }
  const constant = child(node, "A_Const");
  for (const kind of ["sval", "ival", "fval", "boolval"]) {
    const value = child(constant, kind);
    if (value !== undefined) {
      return String(value[kind] ?? unwritten[kind] ?? "");
    }
  }
  throw new Unsupported("an expression where a value was expected");
}

function parameterOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  throw new Unsupported("a parameter without a plain value");
}
