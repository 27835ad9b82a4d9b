/** Reads every value of the parser's tree against the shapes, without recursion, and tells the rules of what it meets. */
import { ENUMS, type Kind, STRUCTS, type Struct } from "./shapes.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** What a visitor may pass down: the scope that the children of this node are judged in. */
export interface Visitor<Scope> {
  /** Called before the children. Gives the scope of the children. */
  enter(type: string, node: unknown, scope: Scope): Scope;
  /** A form that no shape names: `Select.into`, `Statement.Insert` … */
  unknown(where: string): void;
}

interface Visit<Scope> {
  readonly kind: Kind;
  readonly value: unknown;
  readonly where: string;
  readonly scope: Scope;
}

export function walkTree<Scope>(root: unknown, scope: Scope, visitor: Visitor<Scope>): void {
  const pending: Visit<Scope>[] = [{ kind: "Statement", value: root, where: "Statement", scope }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop())
    visitValue(visit, pending, visitor);
}

function visitValue<Scope>(
  visit: Visit<Scope>,
  pending: Visit<Scope>[],
  visitor: Visitor<Scope>,
): void {
  const { kind, value, where, scope } = visit;
  if (typeof kind !== "string") {
    visitTuple(visit, kind, pending, visitor);
    return;
  }
  if (kind === "token") return;
  if (kind === "leaf" || kind === "empty") {
    if (!(kind === "leaf" ? isLeaf(value) : isEmpty(value))) visitor.unknown(where);
    return;
  }
  if (kind.endsWith("?")) {
    if (value !== undefined && value !== null) pending.push({ ...visit, kind: kind.slice(0, -1) });
    return;
  }
  if (kind.endsWith("[]")) {
    visitList(visit, kind.slice(0, -2), pending, visitor);
    return;
  }
  const struct = STRUCTS[kind];
  if (struct !== undefined) {
    const inner = visitor.enter(kind, value, scope);
    visitFields({ ...visit, scope: inner }, kind, struct, pending, visitor);
  } else visitVariant(visit, kind, pending, visitor);
}

function visitTuple<Scope>(
  visit: Visit<Scope>,
  kinds: readonly Kind[],
  pending: Visit<Scope>[],
  visitor: Visitor<Scope>,
): void {
  const { value } = visit;
  if (!Array.isArray(value) || value.length !== kinds.length) {
    visitor.unknown(visit.where);
    return;
  }
  // Backwards, since the last one pushed is read first.
  for (let i = kinds.length - 1; i >= 0; i--)
    pending.push({ ...visit, kind: kinds[i] as Kind, value: value[i] });
}

function visitList<Scope>(
  visit: Visit<Scope>,
  kind: string,
  pending: Visit<Scope>[],
  visitor: Visitor<Scope>,
): void {
  const { value } = visit;
  if (!Array.isArray(value)) {
    visitor.unknown(visit.where);
    return;
  }
  for (let i = value.length - 1; i >= 0; i--) pending.push({ ...visit, kind, value: value[i] });
}

function visitFields<Scope>(
  visit: Visit<Scope>,
  type: string,
  struct: Struct,
  pending: Visit<Scope>[],
  visitor: Visitor<Scope>,
): void {
  const { value, scope } = visit;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    visitor.unknown(type);
    return;
  }
  for (const field of Object.keys(value).reverse()) {
    const where = `${type}.${field}`;
    const kind = Object.hasOwn(struct, field) ? struct[field] : undefined;
    if (kind === undefined) visitor.unknown(where);
    else pending.push({ kind, value: (value as Fields)[field], where, scope });
  }
  // A field that is missing altogether would be one that the shapes no longer know by its name.
  for (const [field, kind] of Object.entries(struct))
    if (!(field in value) && mustBeThere(kind)) visitor.unknown(`${type}.${field}`);
}

const mustBeThere = (kind: Kind) =>
  typeof kind !== "string" ||
  !(kind === "leaf" || kind === "empty" || kind === "token" || kind.endsWith("?"));

function visitVariant<Scope>(
  visit: Visit<Scope>,
  type: string,
  pending: Visit<Scope>[],
  visitor: Visitor<Scope>,
): void {
  const variants = ENUMS[type];
  const [name, payload, single] = variantOf(visit.value);
  const shape = single && variants && Object.hasOwn(variants, name) ? variants[name] : undefined;
  const where = `${type}.${name}`;
  if (shape === undefined) {
    visitor.unknown(where);
    return;
  }
  const scope = visitor.enter(where, payload, visit.scope);
  if (shape === null) {
    if (payload !== undefined && payload !== null) visitor.unknown(where);
  } else if (typeof shape === "string" || Array.isArray(shape))
    pending.push({ kind: shape as Kind, value: payload, where, scope });
  else visitFields({ ...visit, value: payload, scope }, where, shape as Struct, pending, visitor);
}

/** `"Eq"` → `["Eq", undefined]`; `{ Query: … }` → `["Query", …]`. */
function variantOf(value: unknown): readonly [name: string, payload: unknown, single: boolean] {
  if (typeof value === "string") return [value, undefined, true];
  if (typeof value !== "object" || value === null) return [String(value), undefined, false];
  const names = Object.keys(value);
  return [names[0] ?? "", (value as Fields)[names[0] ?? ""], names.length === 1];
}

function isLeaf(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    value === "None" ||
    (Array.isArray(value) && value.length === 0)
  );
}
