/** Files of jobs in Azure Blob Storage: staged block by block, and there at once, or not at all, when the list is committed. */
import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import type { JobResults, ResultWriter } from "../../jobs/ports.ts";
import { AppError } from "../../kernel/app-error.ts";
import { type BlobConfig, createExportsContainer } from "./exports-container.ts";

/** A block blob has 50 000 blocks at most: 200 GB at this size. */
const BLOCK_BYTES = 4 * 1_048_576;

export function createJobResults(config: BlobConfig): JobResults {
  const open = createExportsContainer(config);
  return {
    create: (name, contentType, signal) => {
      let blob: Promise<BlockBlobClient> | null = null;
      return createWriter(
        () => {
          blob ??= told(() => open().then((container) => container.getBlockBlobClient(name)));
          return blob;
        },
        contentType,
        signal,
      );
    },
    read: (name, range, signal) => readRange(open, name, range, signal),
    remove: (prefix, except, signal) =>
      told(async () => removeAll(await open(), prefix, except, signal)),
    check: (signal) =>
      told(async () => {
        await (await open()).getProperties({ abortSignal: signal });
      }),
  };
}

/**
 * One block travels while the next fills up. Both are made once and filled again: what is in memory is two blocks,
 * however long the file, and no garbage for the collector to be late with.
 */
function createWriter(
  open: () => Promise<BlockBlobClient>,
  contentType: string,
  signal: AbortSignal,
): ResultWriter {
  const ids: string[] = [];
  let filling: Buffer | null = null;
  let spare: Buffer | null = null;
  let filled = 0;
  let total = 0;
  let travelling: Promise<void> = Promise.resolve();
  const stage = async (block: Buffer) => {
    const id = Buffer.from(String(ids.length).padStart(6, "0")).toString("base64");
    const body = block.subarray(0, filled);
    ids.push(id);
    filled = 0;
    // After this the other block is free.
    await travelling;
    filling = spare;
    spare = block;
    travelling = told(async () => {
      await (await open()).stageBlock(id, body, body.length, { abortSignal: signal });
    });
    // Whoever writes next, or finishes, is told; until then nobody listens.
    travelling.catch(() => undefined);
  };
  return {
    async write(bytes) {
      total += bytes.length;
      for (let at = 0; at < bytes.length; ) {
        filling ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
        const part = bytes.subarray(at, at + BLOCK_BYTES - filled);
        filling.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === BLOCK_BYTES) await stage(filling);
      }
    },
    async finish() {
      if (filling !== null && filled > 0) await stage(filling);
      await travelling;
      await told(async () => {
        await (await open()).commitBlockList(ids, {
          blobHTTPHeaders: { blobContentType: contentType },
          abortSignal: signal,
        });
      });
      return total;
    },
  };
}

async function* readRange(
  open: () => Promise<ContainerClient>,
  name: string,
  { offset, length }: { offset: number; length: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  try {
    const blob = (await open()).getBlobClient(name);
    const { readableStreamBody } = await blob.download(offset, length, {
      abortSignal: signal,
      maxRetryRequests: 3,
    });
    if (readableStreamBody === undefined) return;
    for await (const chunk of readableStreamBody) yield chunk as Uint8Array;
  } catch (error) {
    throw failure(error);
  }
}

async function removeAll(
  container: ContainerClient,
  prefix: string,
  except: string | null,
  signal: AbortSignal,
): Promise<void> {
  for await (const { name } of container.listBlobsFlat({ prefix, abortSignal: signal }))
    if (except === null || !name.startsWith(except))
      await container.getBlobClient(name).deleteIfExists({ abortSignal: signal });
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(error);
  }
}

function failure(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { statusCode, code } = (error ?? {}) as { statusCode?: number; code?: string };
  return new AppError("upstream_failed", "The storage of exports did not do what it was asked.", {
    cause: error,
    meta: { status: statusCode ?? 0, storage_code: code ?? "none" },
  });
}
