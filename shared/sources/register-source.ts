/** Registers and removes data sources; credentials are sealed before they are stored and never shown again. */
import type { SourceRequest } from "../contract/sources.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { JsonValue, SourceCheck, SourceGateway, SourceRecord } from "./ports.ts";
import { credentialContext } from "./source-gateway.ts";
import type { SecretBox, SourceConnector, SourceStore } from "./store-ports.ts";

export interface RegisterSourceDeps {
  readonly sourceStore: Pick<SourceStore, "insert">;
  readonly secrets: Pick<SecretBox, "seal">;
  readonly connect: SourceConnector;
  readonly sources: Pick<SourceGateway, "visible">;
}

/**
 * Connects first: a source that does not answer is refused with the reason.
 * @throws AppError source_exists, request_invalid (the check's evidence).
 */
export async function registerSource(
  deps: RegisterSourceDeps,
  request: SourceRequest,
  ctx: CallContext,
): Promise<{ record: SourceRecord; check: SourceCheck }> {
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
  const check = await tryConnect(deps.connect, request, ctx);
  if (!check.ok)
    throw new AppError("request_invalid", `The source did not answer: ${check.evidence}`, {
      fields: [{ pointer: "/config", message: check.evidence }],
    });
  const record: SourceRecord = {
    sourceId,
    type: request.type,
    // It was parsed from JSON; what it leaves out it does not hold as undefined.
    config: request.config as Readonly<Record<string, JsonValue>>,
    builtin: false,
    createdAt: new Date(ctx.now).toISOString(),
  };
  const sealedCredentials = await deps.secrets.seal(
    JSON.stringify(request.credentials),
    credentialContext(sourceId),
  );
  if (!(await deps.sourceStore.insert({ ...record, sealedCredentials }, ctx.principal.id))) {
    throw new AppError("source_exists", `There is a data source ${sourceId} already.`);
  }
  return { record, check };
}

async function tryConnect(
  connect: SourceConnector,
  request: SourceRequest,
  ctx: CallContext,
): Promise<SourceCheck> {
  const adapter = await connect(request);
  try {
    return await adapter.check(ctx.signal);
  } finally {
    await adapter.close();
  }
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
