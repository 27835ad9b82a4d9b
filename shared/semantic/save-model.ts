/** Saving, showing and removing a source's semantic model. One that does not fit its source, name by name, is not saved. */
import type { SemanticExpression } from "../ask/ports.ts";
import type { SemanticModel } from "../contract/semantic-model.ts";
import { AppError, type FieldError } from "../kernel/app-error.ts";
import { canonicalJson, type Json } from "../kernel/canonical-json.ts";
import type { CallContext } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { PolicyEngine } from "../policy/ports.ts";
import type { OpenSource, SourceGateway, SourceSchema } from "../sources/ports.ts";
import type { SqlGuards, SqlParser } from "../sql/ports.ts";
import { applyModel } from "./apply-model.ts";
import { type CompiledModel, compileModel } from "./compile-model.ts";
import { modelSeen } from "./model-seen.ts";
import type { SemanticMemory, SemanticModelStore, StoredModel } from "./ports.ts";
import { tryExpressions } from "./try-expressions.ts";

export interface SemanticDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "schema" | "refresh">;
  readonly policies: PolicyEngine;
  readonly guards: SqlGuards;
  readonly semanticParser: SqlParser;
  readonly semanticStore: SemanticModelStore;
  readonly semanticMemory: Pick<SemanticMemory, "forget">;
}

const MAX_FAULTS = 50;

/**
 * Takes effect on this instance at once, on others within SEMANTIC_MEMORY_MS.
 * @throws AppError source_not_found, request_invalid with a pointer for each fault.
 */
export async function saveModel(
  deps: SemanticDeps,
  input: { readonly sourceId: string; readonly model: SemanticModel },
  ctx: CallContext,
): Promise<{ readonly stored: StoredModel; readonly created: boolean }> {
  const source = await deps.sources.resolve(input.sourceId, ctx.principal);
  const faults = await findFaults(deps, source, input.model, ctx);
  if (faults.length > 0) throw unfit(faults);
  return storeModel(deps, source.record.sourceId, input.model, ctx);
}

/** What was checked already. */
export async function storeModel(
  deps: Pick<SemanticDeps, "semanticStore" | "semanticMemory">,
  sourceId: string,
  model: SemanticModel,
  ctx: CallContext,
): Promise<{ readonly stored: StoredModel; readonly created: boolean }> {
  const change = { by: ctx.principal.id, at: ctx.now };
  const put = await deps.semanticStore.put(sourceId, model, modelDigest(model), change);
  deps.semanticMemory.forget(sourceId);
  return put;
}

export const modelDigest = (model: SemanticModel): string =>
  `sha256:${sha256Hex(canonicalJson(model as unknown as Json))}`;

/** Against what the caller sees of the schema, read anew where something seems amiss; then by guard and source. */
export async function findFaults(
  deps: SemanticDeps,
  source: OpenSource,
  model: SemanticModel,
  ctx: CallContext,
): Promise<readonly FieldError[]> {
  const known = await deps.sources.schema(source, ctx.signal);
  let compiled = await compileFor(deps, source, model, known, ctx);
  if (compiled.faults.length > 0) {
    const fresh = await deps.sources.refresh(source, "kept", ctx.signal);
    compiled = await compileFor(deps, source, model, fresh, ctx);
  }
  const guard = await deps.guards.of(source.adapter.dialect);
  const refused = await tryExpressions(source.adapter, guard, expressionsOf(compiled), ctx.signal);
  return [...compiled.faults, ...refused];
}

async function compileFor(
  deps: SemanticDeps,
  source: OpenSource,
  model: SemanticModel,
  schema: SourceSchema,
  ctx: CallContext,
): Promise<CompiledModel> {
  const access = await deps.policies.access(source, ctx.principal, schema);
  return compileModel(deps.semanticParser, model, access.schema);
}

function expressionsOf({ metrics, filters }: CompiledModel) {
  const one = (pointer: string, expression: SemanticExpression, use: "metric" | "condition") => ({
    pointer,
    expression,
    use,
  });
  return [
    ...filters.map(({ at, filter }) => ({
      table: filter.table,
      ...one(`/filters/${at}/condition`, filter.condition, "condition"),
    })),
    ...metrics.map(({ at, metric }) => ({
      table: metric.table,
      ...one(`/metrics/${at}/expression`, metric.expression, "metric"),
    })),
    ...metrics.flatMap(({ at, metric }) =>
      metric.filters.map((filter, i) => ({
        table: metric.table,
        ...one(`/metrics/${at}/filters/${i}`, filter.condition, "condition"),
      })),
    ),
  ];
}

function unfit(faults: readonly FieldError[]): AppError {
  const fields = faults.slice(0, MAX_FAULTS);
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  return new AppError("request_invalid", `${fields[0]?.pointer}: ${fields[0]?.message}${more}`, {
    fields,
  });
}

/** Only what it says of what the caller sees. @throws AppError source_not_found, semantic_model_not_found. */
export async function readModel(
  deps: Pick<SemanticDeps, "sources" | "policies" | "semanticParser" | "semanticStore">,
  sourceId: string,
  ctx: CallContext,
): Promise<StoredModel> {
  const source = await deps.sources.resolve(sourceId, ctx.principal);
  const stored = await deps.semanticStore.current(source.record.sourceId);
  if (stored === null) throw notFound(sourceId);
  const whole = await deps.sources.schema(source, ctx.signal);
  // With the values that it names, so that they go where the column's own may not be seen.
  const described = applyModel(deps.semanticParser, stored, whole).schema;
  const { schema } = await deps.policies.access(source, ctx.principal, described);
  if (schema === described) return stored;
  const compiled = compileModel(deps.semanticParser, stored.model, schema);
  return { ...stored, model: modelSeen(stored.model, compiled) };
}

/** @throws AppError source_not_found, semantic_model_not_found. */
export async function removeModel(
  deps: Pick<SemanticDeps, "sources" | "semanticStore" | "semanticMemory">,
  sourceId: string,
  ctx: CallContext,
): Promise<void> {
  const { record } = await deps.sources.resolve(sourceId, ctx.principal);
  if (!(await deps.semanticStore.retire(record.sourceId))) throw notFound(sourceId);
  deps.semanticMemory.forget(record.sourceId);
}

const notFound = (sourceId: string) =>
  new AppError("semantic_model_not_found", `The source ${sourceId} has no semantic model.`);
