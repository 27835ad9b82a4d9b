/** The sources that this instance is connected to: one adapter for each, opened at first use, replaced when they change. */
import type { Clock } from "../kernel/clock.ts";
import type { SourceKinds } from "./kinds.ts";
import type { OpenSource, SourceAdapter, SourceRecord } from "./ports.ts";
import { type SharedSource, shareSource } from "./shared-source.ts";
import type { SecretBox, SourceStore, StoredSource } from "./store-ports.ts";

export interface OpenSourcesDeps {
  readonly store: Pick<SourceStore, "get">;
  readonly secrets: Pick<SecretBox, "open">;
  readonly kinds: Pick<SourceKinds, "connect">;
  readonly builtins: readonly OpenSource[];
  readonly clock: Clock;
  /** Told when what is known of a source is out of date. */
  readonly onForget: (sourceId: string) => void;
}

/** Other instances notice a removed source, or new credentials, after this long at most. */
const RECORD_MEMORY_MS = 5_000;
/** Where neither the source's limits nor its pool say otherwise. */
const DEFAULT_CONCURRENCY = 4;

interface Entry {
  readonly record: SourceRecord;
  readonly shared: SharedSource;
  /** Null for a source that comes with the installation. */
  readonly sealedCredentials: string | null;
  readAt: number;
}

export function createOpenSources(deps: OpenSourcesDeps) {
  const open = new Map<string, Entry>();
  const share = (record: SourceRecord, adapter: SourceAdapter): SharedSource =>
    shareSource(adapter, {
      sourceId: record.sourceId,
      concurrency: concurrencyOf(record),
      clock: deps.clock,
    });
  for (const { record, adapter } of deps.builtins)
    open.set(record.sourceId, {
      record,
      shared: share(record, adapter),
      sealedCredentials: null,
      readAt: Number.POSITIVE_INFINITY,
    });

  /** Statements that run go on: an adapter that is closed waits for them. */
  const drop = async (sourceId: string, entry: Entry): Promise<void> => {
    if (open.get(sourceId) === entry) open.delete(sourceId);
    deps.onForget(sourceId);
    await entry.shared.close();
  };
  const connectAnew = async (stored: StoredSource, readAt: number): Promise<Entry> => {
    const adapter = await connectStored(deps, stored);
    const raced = open.get(stored.sourceId);
    if (raced?.sealedCredentials === stored.sealedCredentials) {
      await adapter.close();
      return raced;
    }
    const { sealedCredentials, ...record } = stored;
    const entry = { record, shared: share(record, adapter), sealedCredentials, readAt };
    open.set(stored.sourceId, entry);
    return entry;
  };
  return {
    async find(sourceId: string): Promise<Entry | null> {
      const known = open.get(sourceId);
      const now = deps.clock.now();
      if (known && now - known.readAt < RECORD_MEMORY_MS) return known;
      const stored = await deps.store.get(sourceId);
      if (known && isSame(known, stored)) {
        known.readAt = now;
        return known;
      }
      const entry = stored === null ? null : await connectAnew(stored, now);
      if (known && known !== entry) void drop(sourceId, known).catch(() => undefined);
      return entry;
    },
    async forget(sourceId: string): Promise<void> {
      const entry = open.get(sourceId);
      if (entry && entry.sealedCredentials !== null) await drop(sourceId, entry);
    },
    async close(): Promise<void> {
      await Promise.allSettled([...open.values()].map((entry) => entry.shared.close()));
      open.clear();
    },
  };
}

/** Credentials that were only sealed anew under another key count as changed: to reconnect once does no harm. */
function isSame(known: Entry, stored: StoredSource | null): boolean {
  return (
    known.record.createdAt === stored?.createdAt &&
    known.sealedCredentials === stored.sealedCredentials
  );
}

function concurrencyOf({ type, config }: SourceRecord): number {
  // One connection, which cannot be shared.
  if (type === "embedded") return 1;
  const limits = config.limits as { concurrency?: number } | undefined;
  const pool = typeof config.max_connections === "number" ? config.max_connections : undefined;
  return Math.min(limits?.concurrency ?? Number.POSITIVE_INFINITY, pool ?? DEFAULT_CONCURRENCY);
}

async function connectStored(
  { secrets, kinds }: Pick<OpenSourcesDeps, "secrets" | "kinds">,
  stored: StoredSource,
): Promise<SourceAdapter> {
  const { sourceId, type, config } = stored;
  const opened = await secrets.open(stored.sealedCredentials, credentialContext(sourceId));
  const credentials: unknown = JSON.parse(opened);
  return kinds.connect({ sourceId, type, config, credentials });
}

/** Ties the sealed credentials to the record they belong to. */
export function credentialContext(sourceId: string): string {
  return `source-credentials:${sourceId}`;
}
