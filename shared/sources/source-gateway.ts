/** The open sources of this instance: who may see which, one adapter for each, and their schemas. */

import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Principal } from "../kernel/context.ts";
import type { SourceKinds } from "./kinds.ts";
import { createOpenSources } from "./open-sources.ts";
import type { OpenSource, SourceGateway, SourceRecord } from "./ports.ts";
import { createSchemaMemory } from "./schema-memory.ts";
import type { SecretBox, SourceStore } from "./store-ports.ts";

export interface GatewayDeps {
  readonly store: Pick<SourceStore, "get" | "list">;
  readonly secrets: Pick<SecretBox, "open">;
  readonly kinds: Pick<SourceKinds, "connect">;
  readonly builtins: readonly OpenSource[];
  readonly clock: Clock;
}

export function createSourceGateway(deps: GatewayDeps): SourceGateway {
  const schemas = createSchemaMemory(deps.clock);
  const sources = createOpenSources({ ...deps, onForget: schemas.forget });
  const visible = async (principal: Principal) => {
    const all = [...deps.builtins.map((source) => source.record), ...(await deps.store.list())];
    return all.filter((record) => maySee(principal, record.sourceId));
  };
  return {
    resolve: async (sourceId, principal) => {
      const name = sourceId ?? onlyOne(await visible(principal));
      const entry = maySee(principal, name) ? await sources.find(name) : null;
      if (entry === null)
        throw new AppError("source_not_found", `There is no data source ${name}.`);
      return { record: entry.record, adapter: entry.shared.forCaller(principal.id) };
    },
    schema: schemas.read,
    refresh: schemas.refresh,
    visible,
    forget: async (sourceId) => {
      schemas.forget(sourceId);
      await sources.forget(sourceId);
    },
    close: sources.close,
  };
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
