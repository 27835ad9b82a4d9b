/**
 * Files of a lake kept on disk by their version: least recently used go first when the limit is met. Several processes
 * may share the folder: a file appears under its name only when it is whole, and a reader holds it by a hard link of
 * his own, so that it stays for him whatever is evicted; what is linked is not evicted at all.
 */
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../kernel/app-error.ts";
import type { LakeFile, LakeStore } from "../../lake/ports.ts";

export interface FileCache {
  readonly folder: string;
  readonly maxBytes: number;
  /** Makes this version of the file readable at `path`, by a hard link; fetched if need be. */
  place(file: LakeFile, path: string, signal: AbortSignal): Promise<void>;
  /** Asked to let go of links that nobody reads just now, when the limit cannot be met otherwise. */
  onPressure(letGo: () => Promise<void>): void;
}

export interface FileCacheOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly store: Pick<LakeStore, "identity" | "download">;
}

/** Eviction may come between finding a file and linking it; more often than this it does not. */
const ATTEMPTS = 5;
/** A part of a fetch that nobody has written to for so long belongs to a process that is gone. */
const STALE_PART_MS = 3_600_000;

export function createFileCache({ folder, maxBytes, store }: FileCacheOptions): FileCache {
  const objects = join(folder, "objects");
  const parts = join(folder, "parts");
  const fetching = new Map<string, Promise<void>>();
  let letGo = async () => {};
  const objectOf = (file: LakeFile) =>
    join(
      objects,
      createHash("sha256")
        .update(JSON.stringify([store.identity, file.name, file.etag]))
        .digest("hex"),
    );
  const fetchOnce = (file: LakeFile, object: string, signal: AbortSignal) => {
    const running = fetching.get(object);
    if (running) return running;
    const work = fetchFile(file, object, signal).finally(() => fetching.delete(object));
    fetching.set(object, work);
    return work;
  };
  const fetchFile = async (file: LakeFile, object: string, signal: AbortSignal) => {
    await Promise.all(
      [objects, parts].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
    );
    const allowed = maxBytes - file.sizeBytes;
    if (!(await makeRoom({ objects, parts }, allowed))) {
      await letGo();
      // What is left then is being read: it stays, and the limit is met again later.
      await makeRoom({ objects, parts }, allowed);
    }
    const part = join(parts, randomUUID());
    try {
      await store.download(file, part, signal);
      await rename(part, object);
    } finally {
      await rm(part, { force: true });
    }
  };
  return {
    folder,
    maxBytes,
    onPressure(ask) {
      letGo = ask;
    },
    async place(file, path, signal) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const object = objectOf(file);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (await linked(object, path)) return;
        await fetchOnce(file, object, signal);
      }
      throw new AppError(
        "overloaded",
        `The file ${file.name} could not be kept long enough to be read.`,
        {
          retryAfterSeconds: 1,
        },
      );
    },
  };
}

/** False where there is no such object. Using a file makes it young. */
async function linked(object: string, path: string): Promise<boolean> {
  try {
    await link(object, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  const now = new Date();
  await utimes(path, now, now);
  return true;
}

/** Removes the files used longest ago, except those that someone holds, until `allowed` bytes are left; false where more are. */
async function makeRoom(
  { objects, parts }: { objects: string; parts: string },
  allowed: number,
): Promise<boolean> {
  const kept = await filesIn(objects);
  let total = kept.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size, links } of kept.sort((a, b) => a.usedMs - b.usedMs)) {
    if (total <= allowed) break;
    if (links > 1) continue;
    await rm(path, { force: true });
    total -= size;
  }
  const now = Date.now();
  for (const { path, usedMs } of await filesIn(parts))
    if (now - usedMs > STALE_PART_MS) await rm(path, { force: true });
  return total <= allowed;
}

async function filesIn(folder: string) {
  const names = await readdir(folder);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another process may have evicted it meanwhile.
      const info = await stat(path).catch(() => null);
      return info && { path, size: info.size, links: info.nlink, usedMs: info.mtimeMs };
    }),
  );
  return found.filter((one) => one !== null);
}
