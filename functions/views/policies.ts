/** Policies in the contract's shape. */
import type { z } from "zod";
import type { PolicyAnswer } from "../../shared/contract/policies.ts";
import type { ColumnRule, Mask, Policy } from "../../shared/policy/ports.ts";
import { isoTime } from "./page.ts";

type Answer = z.input<typeof PolicyAnswer>;

export const toPolicyAnswer = (policy: Policy): Answer => ({
  policy_id: policy.policyId,
  source: policy.sourceId,
  roles: [...policy.roles],
  table: { schema: policy.schema, name: policy.table },
  columns: policy.columns === null ? null : toColumns(policy.columns),
  row_filter: policy.rowFilter,
  masks: Object.fromEntries(
    Object.entries(policy.masks).map(([name, mask]) => [name, toMask(mask)]),
  ),
  updated_at: isoTime(policy.updatedAt),
  updated_by: policy.updatedBy,
});

const toColumns = ({ kind, names }: ColumnRule): Answer["columns"] =>
  kind === "allow" ? { allow: [...names] } : { deny: [...names] };

function toMask(mask: Mask): Answer["masks"][string] {
  if (mask.kind !== "partial") return { ...mask };
  return { kind: mask.kind, keep_last: mask.keepLast, filterable: mask.filterable };
}
