/**
 * Types as PostgreSQL wants them in a gold of SQLite, which compares and adds up whatever is there. What is written is
 * what a person would have to write for the same result; the evaluation runs it and judges.
 */
import type { TableInfo } from "../shared/sources/ports.ts";
import type { AstNode } from "../shared/sql/ports.ts";

type Kind = "text" | "number" | "boolean" | "time";

/** @param select A SELECT with names as they were declared. */
export function matchTypes(select: AstNode, tables: readonly TableInfo[]): AstNode {
  const used = tablesIn(select);
  const kinds = new Map<string, Kind | "several">();
  for (const table of tables.filter((one) => used.has(one.name)))
    for (const { name, type } of table.columns) {
      const kind = kindOf(type);
      kinds.set(name, (kinds.get(name) ?? kind) === kind ? kind : "several");
    }
  return rewrite(select, kinds) as AstNode;
}

type Kinds = ReadonlyMap<string, Kind | "several">;

function kindOf(type: string): Kind {
  if (/^(text|char|varchar|character)/.test(type)) return "text";
  if (/^bool/.test(type)) return "boolean";
  return /^(date|time)/.test(type) ? "time" : "number";
}

function tablesIn(node: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof node !== "object" || node === null) return found;
  const table = (node as AstNode).RangeVar as AstNode | undefined;
  if (table !== undefined) found.add(String(table.relname));
  for (const inner of Object.values(node)) tablesIn(inner, found);
  return found;
}

function rewrite(node: unknown, kinds: Kinds): unknown {
  if (Array.isArray(node)) return node.map((one) => rewrite(one, kinds));
  if (typeof node !== "object" || node === null) return node;
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, rewrite(value, kinds)]),
  ) as AstNode;
  const call = copy.FuncCall as AstNode | undefined;
  if (call !== undefined) return { FuncCall: addedUp(call, kinds) };
  const expression = copy.A_Expr as AstNode | undefined;
  return expression === undefined ? copy : { A_Expr: compared(expression, kinds) };
}

/** SUM and AVG of texts that are numbers; what is empty is none. */
function addedUp(call: AstNode, kinds: Kinds): AstNode {
  const [argument, ...more] = (call.args ?? []) as readonly AstNode[];
  const isSum = /^(sum|avg)$/i.test(lastName(call.funcname));
  return isSum &&
    argument !== undefined &&
    more.length === 0 &&
    kindOfColumn(argument, kinds) === "text"
    ? { ...call, args: [asNumber(argument)] }
    : call;
}

function compared(expression: AstNode, kinds: Kinds): AstNode {
  const left = expression.lexpr as AstNode | undefined;
  const right = expression.rexpr;
  const kind = left === undefined ? undefined : kindOfColumn(left, kinds);
  if (left === undefined || right === undefined || kind === undefined) return expression;
  switch (expression.kind) {
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
      return kind === "text" ? expression : { ...expression, lexpr: cast(left, "text") };
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_IN":
    case "AEXPR_OP":
      return ofOneType(expression, left, right, kind);
    default:
      return expression;
  }
}

/** Texts are ordered as numbers beside a number, and are the same as it where they are written so. */
function ofOneType(expression: AstNode, left: AstNode, right: unknown, kind: Kind): AstNode {
  const list = ((right as AstNode).List as AstNode | undefined)?.items;
  const values = (list ?? (Array.isArray(right) ? right : [right])) as readonly AstNode[];
  const isEqual = expression.kind === "AEXPR_IN" || /^(=|<>|!=)$/.test(lastName(expression.name));
  const numbers = values.map(numberOf);
  const all = values.length > 0 && numbers.every((one) => one !== undefined);
  if (kind === "text" && all)
    return isEqual
      ? { ...expression, rexpr: mapped(right, (one) => textConstant(numberOf(one) ?? "")) }
      : { ...expression, lexpr: asNumber(left) };
  if (kind === "boolean" && all)
    return {
      ...expression,
      rexpr: mapped(right, (one) => cast(textConstant(numberOf(one) ?? ""), "bool")),
    };
  const isWord = values.some((one) => {
    const text = textOf(one);
    return text !== undefined && (text.trim() === "" || Number.isNaN(Number(text)));
  });
  // No number is a word, but PostgreSQL does not compare the two.
  return kind === "number" && isEqual && isWord
    ? { ...expression, lexpr: cast(left, "text") }
    : expression;
}

function mapped(right: unknown, change: (one: AstNode) => AstNode): unknown {
  if (Array.isArray(right)) return right.map(change);
  const list = (right as AstNode).List as AstNode | undefined;
  return list === undefined
    ? change(right as AstNode)
    : { List: { ...list, items: (list.items as readonly AstNode[]).map(change) } };
}

/** Undefined for anything but a column whose kind is certain. */
function kindOfColumn(node: AstNode, kinds: Kinds): Kind | undefined {
  const kind =
    node.ColumnRef === undefined
      ? undefined
      : kinds.get(lastName((node.ColumnRef as AstNode).fields));
  return kind === "several" ? undefined : kind;
}

function lastName(names: unknown): string {
  const last = (names as readonly AstNode[] | undefined)?.at(-1)?.String as AstNode | undefined;
  return String(last?.sval ?? "");
}

function numberOf(node: AstNode): string | undefined {
  const constant = node.A_Const as AstNode | undefined;
  const whole = constant?.ival as AstNode | undefined;
  const broken = constant?.fval as AstNode | undefined;
  if (whole !== undefined) return String(whole.ival ?? 0);
  return broken === undefined ? undefined : String(broken.fval);
}

function textOf(node: AstNode): string | undefined {
  const text = (node.A_Const as AstNode | undefined)?.sval as AstNode | undefined;
  return text === undefined ? undefined : String(text.sval ?? "");
}

const textConstant = (text: string): AstNode => ({ A_Const: { sval: { sval: text } } });

function cast(arg: AstNode, type: string): AstNode {
  return {
    TypeCast: { arg, typeName: { names: [{ String: { sval: type } }], typemod: -1 } },
  };
}

/** `nullif(…, '')::numeric` */
function asNumber(column: AstNode): AstNode {
  const filled: AstNode = {
    A_Expr: {
      kind: "AEXPR_NULLIF",
      name: [{ String: { sval: "=" } }],
      lexpr: column,
      rexpr: textConstant(""),
    },
  };
  return cast(filled, "numeric");
}
