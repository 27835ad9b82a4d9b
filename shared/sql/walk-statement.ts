/** Reads every node of a parse tree against the allow-list, without recursion: depth is the sender's choice. */
import { type CteScope, openWith } from "./cte-scope.ts";
import { NODE_RULES } from "./node-rules.ts";
import { NODE_SHAPES } from "./node-shapes.ts";
import type { AstNode } from "./ports.ts";
import type { Fields, StatementFacts } from "./statement-facts.ts";
import { statementName } from "./statement-names.ts";

interface Visit {
  readonly type: string;
  readonly node: Fields;
  readonly scope: CteScope | null;
}

interface Walk {
  readonly facts: StatementFacts;
  readonly pending: Visit[];
}

/** Walks a statement known to be a SelectStmt (wrapped), writing into `facts`. */
export function walkStatement(statement: AstNode, facts: StatementFacts): void {
  const walk: Walk = { facts, pending: [] };
  pushWrapped(walk, statement, null);
  for (let visit = walk.pending.pop(); visit !== undefined; visit = walk.pending.pop()) {
    visitNode(walk, visit);
  }
}

function visitNode(walk: Walk, { type, node, scope }: Visit): void {
  const shape = NODE_SHAPES.get(type);
  if (shape === undefined) {
    refuseNode(walk, type);
    return;
  }
  NODE_RULES.get(type)?.(node, walk.facts, scope);
  const inner = type === "SelectStmt" ? pushWith(walk, node, scope) : scope;
  for (const field in node) {
    const kind = shape.get(field);
    if (kind === undefined) refuseField(walk, type, field);
    else if (kind !== "leaf" && kind !== "WithClause") pushField(walk, kind, node[field], inner);
    else if (kind === "leaf" && typeof node[field] === "object") refuseField(walk, type, field);
  }
}

function pushField(walk: Walk, kind: string, value: unknown, scope: CteScope | null): void {
  switch (kind) {
    case "node":
      pushWrapped(walk, value, scope);
      break;
    case "list":
      pushList(walk, value, scope);
      break;
    case "names":
      checkNames(walk, value);
      break;
    case "const":
      checkConstant(walk, value);
      break;
    case "refused":
      break;
    default:
      walk.pending.push({ type: kind, node: value as Fields, scope });
  }
}

/** Queues the WITH queries under the names each may see; gives back the scope of the statement itself. */
function pushWith(walk: Walk, select: Fields, scope: CteScope | null): CteScope | null {
  const clause = select.withClause as
    | { readonly ctes?: readonly AstNode[]; readonly recursive?: boolean }
    | undefined;
  if (clause === undefined) return scope;
  const shape = NODE_SHAPES.get("WithClause");
  for (const field in clause) if (!shape?.has(field)) refuseField(walk, "WithClause", field);
  const ctes = clause.ctes ?? [];
  const names = ctes.map(
    (cte) => (cte.CommonTableExpr as { readonly ctename?: string } | undefined)?.ctename ?? "",
  );
  const { perCte, body } = openWith(names, clause.recursive === true, scope);
  ctes.forEach((cte, index) => {
    pushWrapped(walk, cte, perCte[index] ?? null);
  });
  return body;
}

function pushList(walk: Walk, value: unknown, scope: CteScope | null): void {
  if (!Array.isArray(value)) {
    refuseNode(walk, "malformed list");
    return;
  }
  for (const item of value as readonly unknown[]) pushWrapped(walk, item, scope);
}

/** `{ ColumnRef: … }`; `{}` is PostgreSQL's null inside a list. */
function pushWrapped(walk: Walk, wrapped: unknown, scope: CteScope | null): void {
  if (typeof wrapped !== "object" || wrapped === null) {
    refuseNode(walk, "malformed node");
    return;
  }
  for (const type in wrapped) {
    walk.pending.push({ type, node: (wrapped as Record<string, Fields>)[type] ?? {}, scope });
  }
}

function checkNames(walk: Walk, value: unknown): void {
  if (!Array.isArray(value)) {
    refuseNode(walk, "malformed name");
    return;
  }
  for (const item of value as readonly object[]) {
    for (const type in item) if (type !== "String" && type !== "A_Star") refuseNode(walk, type);
  }
}

function checkConstant(walk: Walk, value: unknown): void {
  for (const part of Object.values(value as object)) {
    if (typeof part === "object") refuseNode(walk, "malformed constant");
  }
}

function refuseNode(walk: Walk, type: string): void {
  const statement = type.endsWith("Stmt");
  walk.facts.refusals.add(
    statement ? "statement_kind" : "syntax_not_allowed",
    `${statementName(type)} is not allowed: only reads are.`,
  );
}

function refuseField(walk: Walk, type: string, field: string): void {
  walk.facts.refusals.add(
    "syntax_not_allowed",
    `This form of ${statementName(type)} is not allowed (${field}).`,
  );
}
