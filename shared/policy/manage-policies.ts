/** Saving and removing policies. One that cannot be planned on its source is not saved. */
import type { PolicyRequest } from "../contract/policies.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { thereIsNo } from "../kernel/nearest-names.ts";
import { shownTable } from "../kernel/table-names.ts";
import type { OpenSource, SourceGateway, TableInfo } from "../sources/ports.ts";
import type { Policy, PolicyDialect, PolicyDialects, PolicyMemory, PolicyStore } from "./ports.ts";
import { relationView } from "./relation-view.ts";
import { compileRowFilter, type RowFilter } from "./row-filter.ts";

export interface PolicyDeps {
  readonly policyStore: PolicyStore;
  readonly policyMemory: Pick<PolicyMemory, "forget">;
  readonly sources: Pick<SourceGateway, "resolve" | "refresh">;
  readonly policyDialects: PolicyDialects;
}

const PLAN_BUDGET = { maxRows: 1_000, maxBytes: 1_048_576, timeoutMs: 10_000 };

/**
 * Idempotent. Takes effect on this instance at once, on others within POLICY_MEMORY_MS.
 * @throws AppError source_not_found, table_not_found, request_invalid, query_failed, policy_not_found for an id that
 * belongs to a source that the caller may not see.
 */
export async function savePolicy(
  deps: PolicyDeps,
  input: { readonly policyId: string; readonly request: PolicyRequest },
  ctx: CallContext,
): Promise<{ policy: Policy; created: boolean }> {
  const { policyId, request } = input;
  const source = await deps.sources.resolve(request.source, ctx.principal);
  await requireOwn(deps, policyId, ctx, "or-new");
  const dialect = await deps.policyDialects.of(source.adapter.dialect);
  const made = toPolicy(policyId, source.record.sourceId, request, ctx);
  // The contract's default is the one schema that PostgreSQL's sources have; others call theirs by another name.
  const policy = made.schema === "public" ? { ...made, schema: dialect.defaultSchema } : made;
  if (policy.table !== "*") await tryOut(deps, dialect, source, policy, ctx);
  const created = await deps.policyStore.put(policy);
  deps.policyMemory.forget();
  return { policy, created };
}

/** @throws AppError policy_not_found. */
export async function removePolicy(
  deps: Pick<PolicyDeps, "policyStore" | "policyMemory">,
  policyId: string,
  ctx: CallContext,
): Promise<void> {
  await requireOwn(deps, policyId, ctx, "exists");
  if (!(await deps.policyStore.remove(policyId))) throw notFound(policyId);
  deps.policyMemory.forget();
}

/** Those of the sources that the caller may see. */
export async function listPolicies(
  deps: Pick<PolicyDeps, "policyStore">,
  sourceId: string | undefined,
  ctx: CallContext,
): Promise<readonly Policy[]> {
  const all = await deps.policyStore.list();
  return all.filter(
    (policy) => maySee(policy, ctx) && (sourceId === undefined || policy.sourceId === sourceId),
  );
}

const maySee = (policy: Policy, { principal }: CallContext): boolean =>
  principal.sources === "all" || principal.sources.has(policy.sourceId);

const notFound = (policyId: string) =>
  new AppError("policy_not_found", `There is no policy ${policyId}.`);

const invalid = (pointer: string, message: string) =>
  new AppError("request_invalid", `${pointer}: ${message}`, { fields: [{ pointer, message }] });

async function requireOwn(
  deps: Pick<PolicyDeps, "policyStore">,
  policyId: string,
  ctx: CallContext,
  wanted: "exists" | "or-new",
): Promise<void> {
  const known = (await deps.policyStore.list()).find((policy) => policy.policyId === policyId);
  if (known === undefined ? wanted === "exists" : !maySee(known, ctx)) throw notFound(policyId);
}

function toPolicy(
  policyId: string,
  sourceId: string,
  request: PolicyRequest,
  ctx: CallContext,
): Policy {
  const { columns } = request;
  const masks = Object.entries(request.masks).map(
    ([name, mask]): [string, Policy["masks"][string]] => {
      if (mask.kind !== "partial") return [name, mask];
      const { kind, keep_last: keepLast, filterable } = mask;
      return [name, { kind, keepLast, filterable }];
    },
  );
  return {
    policyId,
    sourceId,
    roles: [...new Set(request.roles)].sort(),
    schema: request.table.schema,
    table: request.table.name,
    columns:
      columns === undefined
        ? null
        : "allow" in columns
          ? { kind: "allow", names: columns.allow }
          : { kind: "deny", names: columns.deny },
    rowFilter: request.row_filter ?? null,
    masks: Object.fromEntries(masks),
    updatedAt: ctx.now,
    updatedBy: ctx.principal.id,
  };
}

/** Against the schema as it is now, then by the source's own planner. */
async function tryOut(
  deps: PolicyDeps,
  dialect: PolicyDialect,
  source: OpenSource,
  policy: Policy,
  ctx: CallContext,
): Promise<void> {
  const schema = await deps.sources.refresh(source, "kept", ctx.signal);
  const table = schema.tables.find(
    (one) => one.schema === policy.schema && one.name === policy.table,
  );
  if (table === undefined) {
    const wanted = shownTable({ schema: policy.schema, name: policy.table });
    throw new AppError(
      "table_not_found",
      thereIsNo("table", wanted, schema.tables.map(shownTable)),
    );
  }
  const filter = policy.rowFilter === null ? null : await readFilter(dialect, policy.rowFilter);
  checkColumns(policy, table, filter, dialect);
  const rows = filter?.expression ?? null;
  const view = relationView(table, [{ policy, rows, volatile: false }], dialect.expressions);
  const { sql, bound } = await dialect.probe(view);
  await source.adapter.explain({ sql, params: bound.map(() => null) }, PLAN_BUDGET, ctx.signal);
}

async function readFilter(dialect: PolicyDialect, text: string): Promise<RowFilter> {
  const outcome = await compileRowFilter(dialect.readFilter, text);
  if (outcome.kind === "invalid") throw invalid("/row_filter", outcome.message);
  return outcome.filter;
}

/** Columns and masks are named as the source spells them; a filter is SQL, and names them as the dialect lets it. */
function checkColumns(
  policy: Policy,
  table: TableInfo,
  filter: RowFilter | null,
  { sameColumn }: PolicyDialect,
): void {
  const known = table.columns.map((column) => column.name);
  const exact = (one: string, other: string) => one === other;
  const named: readonly (readonly [string, readonly string[], typeof exact])[] = [
    ["/columns", policy.columns?.names ?? [], exact],
    ["/masks", Object.keys(policy.masks), exact],
    ["/row_filter", filter?.columns ?? [], sameColumn],
  ];
  for (const [pointer, names, same] of named) {
    const unknown = names.find((name) => !known.some((one) => same(one, name)));
    if (unknown !== undefined)
      throw invalid(pointer, `${policy.schema}.${policy.table} has no column ${unknown}`);
  }
}
