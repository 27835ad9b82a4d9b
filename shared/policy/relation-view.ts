/** The grants of one table → what their holder sees of it: rows and columns add up, cell by cell. */
import type { TableInfo } from "../sources/ports.ts";
import type { AstNode, RelationView, ViewColumn } from "../sql/ports.ts";
import { SHOWN } from "./masks.ts";
import type { Mask, Policy, PolicyExpressions } from "./ports.ts";

/** A policy that grants the table to the caller. */
export interface Grant {
  readonly policy: Policy;
  /** The rows it grants; null for all. */
  readonly rows: AstNode | null;
  readonly volatile: boolean;
}

const HIDDEN = 0;
const PLAIN = 9;

/** `grants` are not empty. */
export function relationView(
  table: TableInfo,
  grants: readonly Grant[],
  make: PolicyExpressions,
): RelationView {
  const columns = table.columns.flatMap(({ name }) => viewColumn(name, grants, make) ?? []);
  const shown = new Set(columns.map((one) => one.name));
  const hidden = table.columns.filter((one) => !shown.has(one.name));
  return {
    schema: table.schema,
    name: table.name,
    columns,
    complete: hidden.length === 0,
    wholeRows: !hidden.some(({ name }) => grants.some(({ policy }) => denies(policy, name))),
    filter: grants.some((grant) => grant.rows === null)
      ? null
      : make.anyOf(conditionsOf(grants, make)),
    volatile: grants.some((grant) => grant.volatile),
  };
}

const denies = ({ columns }: Policy, name: string): boolean =>
  columns?.kind === "deny" && columns.names.includes(name);

/** Each condition once, and FALSE not at all. */
function conditionsOf(grants: readonly Grant[], { never }: PolicyExpressions): AstNode[] {
  const byText = new Map<string, AstNode>();
  for (const { rows } of grants) if (rows !== null) byText.set(JSON.stringify(rows), rows);
  byText.delete(JSON.stringify(never));
  return [...byText.values()];
}

function maskOf({ policy }: Grant, name: string): Mask | undefined {
  return Object.hasOwn(policy.masks, name) ? policy.masks[name] : undefined;
}

function level(grant: Grant, name: string): number {
  const { columns } = grant.policy;
  if (columns !== null && columns.names.includes(name) !== (columns.kind === "allow"))
    return HIDDEN;
  const mask = maskOf(grant, name);
  return mask === undefined ? PLAIN : SHOWN[mask.kind];
}

/**
 * A row is seen through each grant that has it, so a column is shown as far as the most generous of those goes.
 * What all rows have for certain: the most that a grant of all rows shows, or the least that any grant shows.
 * Where only some rows have the plain value, the others have that. Null for a column that no grant shows.
 */
function viewColumn(
  name: string,
  grants: readonly Grant[],
  make: PolicyExpressions,
): ViewColumn | null {
  const levels = grants.map((grant) => level(grant, name));
  if (levels.every((one) => one === HIDDEN)) return null;
  const ofAllRows = levels.filter((_, i) => grants[i]?.rows === null);
  const certain = Math.max(Math.min(...levels), ...ofAllRows);
  if (certain === PLAIN) return { name, value: null, guarded: false };
  const plain = grants.filter((_, i) => levels[i] === PLAIN);
  const mask = grants
    .filter((_, i) => levels[i] === certain)
    .map((grant) => maskOf(grant, name))
    .find((one) => one !== undefined);
  const otherwise = mask === undefined ? make.nullOf(name) : make.masked(name, mask);
  const masks = grants.map((grant) => maskOf(grant, name)).filter((one) => one !== undefined);
  const guarded = levels.includes(HIDDEN) || !masks.every((one) => one.filterable);
  if (plain.length === 0) return { name, value: otherwise, guarded };
  // Text stands in no branch beside the column's own value, whatever its type: those rows have null.
  const keepsType = mask === undefined || mask.kind === "null" || mask.kind === "constant";
  const value = make.choose(
    make.anyOf(conditionsOf(plain, make)),
    make.column(name),
    keepsType ? otherwise : make.nullOf(name),
  );
  return { name, value, guarded };
}
