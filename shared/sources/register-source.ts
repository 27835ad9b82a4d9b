/** Registers and removes data sources; credentials are sealed before they are stored and never shown again. */
import type { SourceRequest } from "../contract/sources.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { credentialContext } from "./open-sources.ts";
import type { SourceGateway, SourceRecord } from "./ports.ts";
import { type Probe, type ProbeDeps, probeSource } from "./probe-source.ts";
import type { SecretBox, SourceStore } from "./store-ports.ts";

export interface RegisterSourceDeps extends ProbeDeps {
  readonly sourceStore: Pick<SourceStore, "insert">;
  readonly secrets: Pick<SecretBox, "seal">;
  readonly sources: Pick<SourceGateway, "visible">;
}

/**
 * Connects first: a source that does not answer is refused with the reason.
 * @throws AppError source_exists, request_invalid (the check's evidence), source_overprivileged.
 */
export async function registerSource(
  deps: RegisterSourceDeps,
  request: SourceRequest,
  ctx: CallContext,
): Promise<{ record: SourceRecord; probe: Probe }> {
  const { source_id: sourceId } = request;
  if (ctx.principal.sources !== "all")
    throw new AppError(
      "forbidden",
      "A key that is limited to some sources cannot register new ones.",
    );
  const taken = (await deps.sources.visible(ctx.principal)).some(
    (record) => record.sourceId === sourceId,
  );
  if (taken) throw new AppError("source_exists", `There is a data source ${sourceId} already.`);
  const source = deps.kinds.read({ ...request, sourceId });
  const probe = await probeSource(deps, source, ctx.signal);
  const record: SourceRecord = {
    sourceId,
    type: request.type,
    config: source.config,
    builtin: false,
    createdAt: new Date(ctx.now).toISOString(),
  };
  const sealedCredentials = await deps.secrets.seal(
    JSON.stringify(source.credentials),
    credentialContext(sourceId),
  );
  if (!(await deps.sourceStore.insert({ ...record, sealedCredentials }, ctx.principal.id))) {
    throw new AppError("source_exists", `There is a data source ${sourceId} already.`);
  }
  return { record, probe };
}

/** @throws AppError source_not_found, source_builtin. */
export async function removeSource(
  deps: {
    sourceStore: Pick<SourceStore, "remove">;
    sources: Pick<SourceGateway, "resolve" | "forget">;
  },
  sourceId: string,
  ctx: CallContext,
): Promise<void> {
  const { record } = await deps.sources.resolve(sourceId, ctx.principal);
  if (record.builtin) throw new AppError("source_builtin", `The source ${sourceId} is built in.`);
  await deps.sourceStore.remove(sourceId);
  await deps.sources.forget(sourceId);
}
