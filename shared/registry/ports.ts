/** The registry's ledger: models, immutable versions, and an append-only record of every change. */
import type { ModelConfig } from "../contract/models.ts";

export type LedgerEventName =
  | "version-registered"
  | "label-moved"
  | "model-retired"
  | "model-restored";

/** Times are milliseconds since the Unix epoch. */
export interface LedgerEvent {
  readonly event: LedgerEventName;
  readonly at: number;
  readonly by: string;
  readonly version: number | null;
  readonly label: string | null;
  readonly previousVersion: number | null;
  readonly reason: string | null;
}

export interface ModelRow {
  readonly modelId: string;
  readonly description: string | null;
  readonly status: "active" | "retired";
  /** Counts every change; the ETag. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly latestVersion: number;
  readonly backend: ModelConfig["backend"];
  /** Label → version, as of now. */
  readonly labels: Readonly<Record<string, number>>;
}

export interface VersionRow {
  readonly modelId: string;
  readonly version: number;
  readonly digest: string;
  readonly config: ModelConfig;
  readonly createdAt: number;
  readonly createdBy: string;
}

export interface Change {
  readonly by: string;
  readonly at: number;
  readonly reason: string | null;
}

/**
 * Writes are serial per model, whatever the number of instances, and each writes the row and its ledger event in one
 * transaction.
 */
export interface ModelStore {
  /** The version of this digest: the one there is, or a new one. Brings a retired model back. */
  register(
    config: ModelConfig,
    digest: string,
    change: Change,
  ): Promise<{ version: number; created: boolean }>;
  get(modelId: string): Promise<ModelRow | null>;
  /** By model id, after `afterId`. */
  list(limit: number, afterId: string | null): Promise<readonly ModelRow[]>;
  version(modelId: string, version: number): Promise<VersionRow | null>;
  /** Newest first, below `before`. */
  versions(modelId: string, limit: number, before: number | null): Promise<readonly VersionRow[]>;
  /** The ledger, oldest first, up to and including `until`. */
  events(modelId: string, until: number | null): Promise<readonly LedgerEvent[]>;
  /** False where the label pointed elsewhere than `expected` when the write came to it. */
  moveLabel(
    modelId: string,
    label: string,
    version: number,
    expected: number | null,
    change: Change,
  ): Promise<boolean>;
  /** Of each active model the version that serves: the one labelled `production`, or the newest. By model id. */
  serving(limit: number, afterId: string | null): Promise<readonly VersionRow[]>;
  /** A no-op on a retired model. */
  retire(modelId: string, change: Change): Promise<void>;
  /** False where the revision is no longer `expectedRevision` (null: whatever it is). */
  describe(
    modelId: string,
    description: string | null,
    expectedRevision: number | null,
    at: number,
  ): Promise<boolean>;
}
