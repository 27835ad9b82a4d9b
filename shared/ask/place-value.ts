/** Gives a stored value its role, together with the column that a neighbouring word may name. */
import type { MentionId } from "./frame.ts";
import { columnOnly, narrow, near, valueOnly } from "./narrow.ts";
import type { Part } from "./parts.ts";
import type { Candidate } from "./schema-index.ts";
import type { Walk } from "./walk.ts";

export type LinkPart = Part & { readonly kind: "link" };

/** `names and emails`: in a list of columns, or in the plural, a word means the column rather than a value. */
export function namesColumn(walk: Walk, part: LinkPart): boolean {
  const column = columnOnly(part.candidates)[0];
  const next = walk.parts[walk.at + 1]?.kind;
  const listed = walk.frame.selects.length > 0 && walk.parts[walk.at - 1]?.kind === "and";
  return (
    column !== undefined &&
    column.quality >= (part.candidates[0]?.quality ?? 0) - 0.05 &&
    (part.plural || listed || next === "missing" || next === "compare" || next === "between")
  );
}

/** `status failed`, `region is EMEA`: the column says where the value that follows is stored. */
export function joinsNextValue(
  walk: Walk,
  candidates: readonly Candidate[],
  mention: MentionId,
): boolean {
  const { parts, at, waiting } = walk;
  const skipped =
    parts[at + 1]?.kind === "not" ||
    (parts[at + 1]?.kind === "compare" && parts[at + 1]?.text === "=")
      ? 2
      : 1;
  const next = parts[at + skipped];
  const columns = near(columnOnly(candidates), candidates);
  if (
    next?.kind !== "link" ||
    columns.length === 0 ||
    (walk.frame.count && walk.frame.tables.length === 0)
  ) {
    return false;
  }
  const stored = valueOnly(next.candidates).filter((one) =>
    columns.some((column) => isIn(one, column)),
  );
  if (stored.length === 0) {
    return false;
  }
  narrow(walk.frame, mention, stored);
  pushValue(walk, mention, stored, waiting.not || parts[at + 1]?.kind === "not");
  walk.at += skipped;
  return true;
}

function isIn(value: Candidate, column: Candidate): boolean {
  return (
    value.target.kind === "value" &&
    column.target.kind === "column" &&
    value.target.table === column.target.table &&
    value.target.column === column.target.column
  );
}

/** A value filters; `enterprise tier` and `EMEA region` say in the next word which column they mean. */
export function pushValue(
  walk: Walk,
  mention: MentionId,
  values: readonly Candidate[],
  negated: boolean,
): void {
  const { frame, waiting, parts, at } = walk;
  const next = parts[at + 1];
  const columns = next?.kind === "link" ? near(columnOnly(next.candidates), next.candidates) : [];
  const stored = values.filter((one) => columns.some((column) => isIn(one, column)));
  frame.filters.push({
    kind: "value",
    mention: narrow(frame, mention, stored.length > 0 ? stored : values),
    negated,
  });
  walk.at += stored.length > 0 ? 1 : 0;
  const after = parts[walk.at + 1]?.kind;
  waiting.not =
    waiting.not && (after === "or" || after === "and") && parts[walk.at + 2]?.kind === "link";
}
