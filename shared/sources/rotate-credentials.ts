/** New credentials for a source, and the same ones under a new master key; queries that run are not disturbed. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { credentialContext } from "./open-sources.ts";
import type { SourceGateway } from "./ports.ts";
import { type Probe, type ProbeDeps, probeSource } from "./probe-source.ts";
import type { SecretBox, SourceStore } from "./store-ports.ts";

export interface RotateDeps extends ProbeDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "forget">;
  readonly sourceStore: Pick<SourceStore, "get" | "replaceCredentials">;
  readonly secrets: Pick<SecretBox, "seal">;
}

/**
 * The new ones must answer before they take the place of the old. Other instances take them up within five seconds.
 * @throws AppError source_not_found, source_builtin, source_conflict, request_invalid, source_overprivileged.
 */
export async function rotateCredentials(
  deps: RotateDeps,
  sourceId: string,
  credentials: unknown,
  ctx: CallContext,
): Promise<Probe> {
  const { record } = await deps.sources.resolve(sourceId, ctx.principal);
  if (record.builtin) throw new AppError("source_builtin", `The source ${sourceId} is built in.`);
  const stored = await deps.sourceStore.get(sourceId);
  if (stored === null)
    throw new AppError("source_not_found", `There is no data source ${sourceId}.`);
  // They have the form that the kind of source asks for.
  const source = deps.kinds.read({ ...stored, credentials });
  const probe = await probeSource(deps, source, ctx.signal);
  const sealed = await deps.secrets.seal(
    JSON.stringify(source.credentials),
    credentialContext(sourceId),
  );
  if (!(await deps.sourceStore.replaceCredentials(sourceId, stored.sealedCredentials, sealed)))
    throw new AppError("source_conflict", `The credentials of ${sourceId} were changed meanwhile.`);
  await deps.sources.forget(sourceId);
  return probe;
}

export interface RewrapDeps {
  readonly sourceStore: Pick<SourceStore, "get" | "list" | "replaceCredentials">;
  readonly secrets: SecretBox;
}

/**
 * Seals what is still under an earlier master key under the current one. It may be stopped anywhere, run again and run
 * on several instances at once. @returns how many were sealed anew.
 */
export async function rewrapCredentials({ sourceStore, secrets }: RewrapDeps): Promise<number> {
  let count = 0;
  for (const { sourceId } of await sourceStore.list()) {
    const stored = await sourceStore.get(sourceId);
    if (stored === null || secrets.isCurrent(stored.sealedCredentials)) continue;
    const context = credentialContext(sourceId);
    const plain = await secrets.open(stored.sealedCredentials, context);
    const sealed = await secrets.seal(plain, context);
    if (await sourceStore.replaceCredentials(sourceId, stored.sealedCredentials, sealed)) count++;
  }
  return count;
}
