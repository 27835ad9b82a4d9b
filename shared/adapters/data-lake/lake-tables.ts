/** The tables of a source and their files right now: one listing for each place they are in, remembered for a moment. */
import { createHash } from "node:crypto";
import { AppError } from "../../kernel/app-error.ts";
import { untilAborted } from "../../kernel/until-aborted.ts";
import type { LakeTableConfig } from "../../lake/lake-config.ts";
import { discoverTables, type LakeTable, tableOf } from "../../lake/lake-table.ts";
import { partitionColumns } from "../../lake/partitions.ts";
import type { LakeFile, LakeStore } from "../../lake/ports.ts";
import type { MountedTable } from "./mounts.ts";

/** How long a listing stands: a statement asks for it, and its cache for the change tokens, one right after the other. */
const LISTING_MS = 1_000;
const LISTING_TIMEOUT_MS = 60_000;

export interface LakeTables {
  all(signal: AbortSignal): Promise<readonly LakeTable[]>;
  filesOf(table: LakeTable, signal: AbortSignal): Promise<readonly LakeFile[]>;
  /** @throws AppError query_failed for a table without files. */
  toMount(table: LakeTable, signal: AbortSignal): Promise<MountedTable>;
}

export function createLakeTables(
  store: Pick<LakeStore, "list">,
  configured: readonly LakeTableConfig[] | undefined,
  now: () => number = () => performance.now(),
): LakeTables {
  const listings = new Map<string, { at: number; files: Promise<readonly LakeFile[]> }>();
  const fixed = configured?.map(tableOf);
  const list = (prefix: string, signal: AbortSignal) => {
    const known = listings.get(prefix);
    if (known && now() - known.at < LISTING_MS) return untilAborted(known.files, signal);
    const files = store.list(prefix, AbortSignal.timeout(LISTING_TIMEOUT_MS));
    listings.set(prefix, { at: now(), files });
    files.catch(() => listings.delete(prefix));
    return untilAborted(files, signal);
  };
  const filesOf = async (table: LakeTable, signal: AbortSignal) =>
    (await list(fixed ? table.prefix : "", signal)).filter(({ name }) => table.matches(name));
  return {
    filesOf,
    all: async (signal) => fixed ?? discoverTables(await list("", signal)),
    async toMount(table, signal) {
      const files = await filesOf(table, signal);
      if (files.length === 0)
        throw new AppError(
          "query_failed",
          `The table ${table.name} has no files: nothing matches ${table.path}.`,
        );
      const partitions = table.hivePartitioning === false ? [] : partitionColumns(files);
      return { table, files, partitions };
    },
  };
}

/** Changes when a file comes, goes or changes. */
export function tokenOf(files: readonly LakeFile[]): string {
  const hash = createHash("sha256");
  for (const { name, etag } of files) hash.update(JSON.stringify([name, etag]));
  return hash.digest("base64url");
}
