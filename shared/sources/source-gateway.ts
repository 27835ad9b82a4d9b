/** The open sources of this instance: who may see which, one adapter for each, and their schemas. */

import type { SourceRequest } from "../contract/sources.ts";
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Principal } from "../kernel/context.ts";
import type { OpenSource, SourceAdapter, SourceGateway, SourceRecord } from "./ports.ts";
import { createSchemaMemory } from "./schema-memory.ts";
import type { SecretBox, SourceConnector, SourceStore, StoredSource } from "./store-ports.ts";

export interface GatewayDeps {
  readonly store: Pick<SourceStore, "get" | "list">;
  readonly secrets: Pick<SecretBox, "open">;
  readonly connect: SourceConnector;
  readonly builtins: readonly OpenSource[];
  readonly clock: Clock;
}

/** Other instances notice a removed source after this long at most. */
const RECORD_MEMORY_MS = 5_000;

interface Entry {
  readonly source: OpenSource;
  readAt: number;
}

export function createSourceGateway(deps: GatewayDeps): SourceGateway {
  const open = new Map<string, Entry>();
  const schemas = createSchemaMemory(deps.clock);
  const builtins = new Map(deps.builtins.map((source) => [source.record.sourceId, source]));

  const find = async (sourceId: string): Promise<OpenSource | null> => {
    const builtin = builtins.get(sourceId);
    if (builtin) return builtin;
    const known = open.get(sourceId);
    const now = deps.clock.now();
    if (known && now - known.readAt < RECORD_MEMORY_MS) return known.source;
    const stored = await deps.store.get(sourceId);
    if (stored !== null && known?.source.record.createdAt === stored.createdAt) {
      known.readAt = now;
      return known.source;
    }
    if (known && open.get(sourceId) === known) await forget(sourceId);
    if (stored === null) return null;
    const adapter = await connectStored(deps, stored);
    const { sealedCredentials: _, ...record } = stored;
    const raced = open.get(sourceId);
    if (raced) {
      await adapter.close();
      return raced.source;
    }
    open.set(sourceId, { source: { record, adapter }, readAt: now });
    return { record, adapter };
  };
  const visible = async (principal: Principal) => {
    const all = [...deps.builtins.map((source) => source.record), ...(await deps.store.list())];
    return all.filter((record) => maySee(principal, record.sourceId));
  };
  const forget = async (sourceId: string) => {
    const entry = open.get(sourceId);
    open.delete(sourceId);
    schemas.forget(sourceId);
    await entry?.source.adapter.close();
  };
  return {
    resolve: async (sourceId, principal) => {
      const name = sourceId ?? onlyOne(await visible(principal));
      const source = maySee(principal, name) ? await find(name) : null;
      if (source === null)
        throw new AppError("source_not_found", `There is no data source ${name}.`);
      return source;
    },
    schema: schemas.read,
    refresh: schemas.refresh,
    visible,
    forget,
    close: async () => {
      await Promise.allSettled(
        [...builtins.values(), ...[...open.values()].map((entry) => entry.source)].map((source) =>
          source.adapter.close(),
        ),
      );
      open.clear();
    },
  };
}

async function connectStored(
  { secrets, connect }: Pick<GatewayDeps, "secrets" | "connect">,
  stored: StoredSource,
): Promise<SourceAdapter> {
  const { sourceId, type, config } = stored;
  const opened = await secrets.open(stored.sealedCredentials, credentialContext(sourceId));
  const credentials: unknown = JSON.parse(opened);
  return connect({ source_id: sourceId, type, config, credentials } as unknown as SourceRequest);
}

/** Ties the sealed credentials to the record they belong to. */
export function credentialContext(sourceId: string): string {
  return `source-credentials:${sourceId}`;
}

function maySee(principal: Principal, sourceId: string): boolean {
  return principal.sources === "all" || principal.sources.has(sourceId);
}

function onlyOne(records: readonly SourceRecord[]): string {
  const names = records.map((record) => record.sourceId);
  if (names.length === 1) return names[0] as string;
  const message =
    names.length === 0
      ? "there is no data source yet: register one with POST /sources"
      : `name one of your sources: ${names.slice(0, 10).join(", ")}`;
  throw new AppError("request_invalid", `/source: ${message}`, {
    fields: [{ pointer: "/source", message }],
  });
}
