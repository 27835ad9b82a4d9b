/** Parse trees of the expressions that policies are made of. */
import type { AstNode } from "../sql/ports.ts";

export const column = (name: string): AstNode => ({ RowColumn: { name } });

export const boundValue = (name: string): AstNode => ({ BoundValue: { name } });

export const text = (value: string): AstNode => ({
  A_Const: { sval: value === "" ? {} : { sval: value } },
});

export const integer = (value: number): AstNode => ({
  A_Const: { ival: value === 0 ? {} : { ival: value } },
});

export const boolean = (value: boolean): AstNode => ({
  A_Const: { boolval: value ? { boolval: true } : {} },
});

const name = (sval: string): AstNode => ({ String: { sval } });

/** PostgreSQL's own function, whatever the search path. */
export const call = (routine: string, ...args: readonly AstNode[]): AstNode => ({
  FuncCall: {
    funcname: [name("pg_catalog"), name(routine)],
    args,
    funcformat: "COERCE_EXPLICIT_CALL",
  },
});

export const asText = (arg: AstNode): AstNode => ({
  TypeCast: { arg, typeName: { names: [name("text")], typemod: -1 } },
});

export const atMost = (left: AstNode, right: AstNode): AstNode => ({
  A_Expr: { kind: "AEXPR_OP", name: [name("<=")], lexpr: left, rexpr: right },
});

export const when = (condition: AstNode, result: AstNode, otherwise?: AstNode): AstNode => ({
  CaseExpr: {
    args: [{ CaseWhen: { expr: condition, result } }],
    ...(otherwise !== undefined && { defresult: otherwise }),
  },
});

export function anyOf(conditions: readonly AstNode[]): AstNode {
  const [first, ...others] = conditions;
  if (first === undefined) return boolean(false);
  return others.length === 0 ? first : { BoolExpr: { boolop: "OR_EXPR", args: [...conditions] } };
}
