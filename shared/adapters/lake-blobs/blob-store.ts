/** Blob Storage and Data Lake Storage as the lake's files: listings and whole versions, by key, SAS or managed identity. */
import type { ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import { AppError } from "../../kernel/app-error.ts";
import type { DataLakeConfig, DataLakeCredentials } from "../../lake/lake-config.ts";
import type { LakeFile, LakeStore } from "../../lake/ports.ts";
import type { PrivilegeFinding } from "../../sources/ports.ts";

/** A container with more is not for reading whole: name its tables with narrower paths. */
const MAX_FILES = 200_000;
const PAGE = 5_000;
const RETRIES: StoragePipelineOptions = {
  retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
};

export interface BlobStoreOptions {
  readonly sourceId: string;
  readonly config: DataLakeConfig;
  readonly credentials: DataLakeCredentials;
}

export async function createBlobLakeStore(options: BlobStoreOptions): Promise<LakeStore> {
  const container = await openContainer(options);
  const fail = (error: unknown, signal: AbortSignal, file?: string) =>
    toLakeError(error, signal, options, file);
  return {
    identity: `${container.accountName}/${container.containerName}`,
    async list(prefix, signal) {
      try {
        return await listFiles(container, prefix, signal);
      } catch (error) {
        throw fail(error, signal);
      }
    },
    async download(file, path, signal) {
      try {
        await container.getBlobClient(file.name).downloadToFile(path, 0, undefined, {
          abortSignal: signal,
          conditions: { ifMatch: file.etag },
          maxRetryRequests: 3,
        });
      } catch (error) {
        throw fail(error, signal, file.name);
      }
    },
    privileges: async () => findings(options.credentials),
  };
}

async function openContainer({ config, credentials }: BlobStoreOptions): Promise<ContainerClient> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import("@azure/storage-blob");
  if (credentials.kind === "connection_string")
    return fromConnectionString(
      BlobServiceClient,
      credentials.connection_string,
    ).getContainerClient(config.container);
  // Data Lake Storage answers the same requests under its other name.
  const url = new URL((config.account_url ?? "").replace(".dfs.", ".blob."));
  const account = url.hostname.split(".", 1)[0] ?? "";
  const service = () => {
    switch (credentials.kind) {
      case "account_key":
        return new BlobServiceClient(
          url.href,
          new StorageSharedKeyCredential(account, credentials.account_key),
          RETRIES,
        );
      case "sas":
        return new BlobServiceClient(
          `${url.href}?${credentials.token.replace(/^\?/, "")}`,
          undefined,
          RETRIES,
        );
      case "managed_identity":
        return null;
    }
  };
  const known = service();
  if (known !== null) return known.getContainerClient(config.container);
  const { ManagedIdentityCredential } = await import("@azure/identity");
  const clientId = credentials.kind === "managed_identity" ? credentials.client_id : undefined;
  const identity = clientId
    ? new ManagedIdentityCredential({ clientId })
    : new ManagedIdentityCredential();
  return new BlobServiceClient(url.href, identity, RETRIES).getContainerClient(config.container);
}

function fromConnectionString(
  service: typeof import("@azure/storage-blob").BlobServiceClient,
  text: string,
) {
  try {
    return service.fromConnectionString(text, RETRIES);
  } catch {
    // The SDK's message may quote the string, and with it the key.
    throw new AppError("source_unavailable", "The connection string of the source cannot be read.");
  }
}

async function listFiles(
  container: ContainerClient,
  prefix: string,
  signal: AbortSignal,
): Promise<LakeFile[]> {
  const files: LakeFile[] = [];
  const pages = container
    .listBlobsFlat({ prefix, includeMetadata: true, abortSignal: signal })
    .byPage({ maxPageSize: PAGE });
  for await (const page of pages) {
    for (const { name, properties, metadata } of page.segment.blobItems) {
      const sizeBytes = properties.contentLength ?? 0;
      // Folders of Data Lake Storage are listed as empty blobs.
      if (sizeBytes === 0 || metadata?.hdi_isfolder === "true" || name.endsWith("/")) continue;
      files.push({ name, etag: properties.etag, sizeBytes });
    }
    if (files.length > MAX_FILES)
      throw new AppError(
        "source_unavailable",
        `There are more than ${MAX_FILES} files under "${prefix}": name the tables with narrower paths.`,
      );
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface StorageError {
  readonly statusCode?: number;
  readonly code?: string;
}

/** What a caller may be told: never the service's message, which may hold addresses and signatures. */
function toLakeError(
  error: unknown,
  signal: AbortSignal,
  { sourceId, config }: BlobStoreOptions,
  file?: string,
): unknown {
  if (error instanceof AppError) return error;
  if (signal.aborted) return signal.reason ?? error;
  const { statusCode, code } = (error ?? {}) as StorageError;
  const unavailable = (detail: string, retryAfterSeconds?: number) =>
    new AppError("source_unavailable", detail, {
      cause: error,
      meta: { source: sourceId, ...(statusCode && { status: statusCode }) },
      ...(retryAfterSeconds && { retryAfterSeconds }),
    });
  if (statusCode === 401 || statusCode === 403)
    return unavailable(`The storage of ${sourceId} refused the credentials.`);
  if (code === "ContainerNotFound" || (statusCode === 404 && file === undefined))
    return unavailable(`The container ${config.container} of ${sourceId} does not exist.`);
  // Which of the two it was, services tell in different ways.
  if (statusCode === 404 || statusCode === 412)
    return unavailable(`The file ${file} of ${sourceId} changed or went while it was fetched.`, 1);
  return unavailable(`The storage of ${sourceId} cannot be reached.`, 5);
}

/** What the credential itself says; the roles of a managed identity only its directory knows. */
function findings(credentials: DataLakeCredentials): PrivilegeFinding[] {
  const text =
    credentials.kind === "sas"
      ? credentials.token
      : credentials.kind === "connection_string"
        ? (/SharedAccessSignature=([^;]*)/i.exec(credentials.connection_string)?.[1] ?? null)
        : null;
  if (credentials.kind === "managed_identity") return [];
  if (text === null)
    return [
      {
        severity: "danger",
        privilege: "account_key",
        evidence:
          "The account key may read, change and delete everything in the storage account; a SAS with read and list, or a managed identity, is enough.",
      },
    ];
  const granted = new URLSearchParams(text.replace(/^\?/, "")).get("sp") ?? "";
  const beyond = [...granted].filter((letter) => !"rlx".includes(letter));
  if (beyond.length === 0) return [];
  return [
    {
      severity: "warning",
      privilege: "write",
      evidence: `The SAS grants more than reading and listing (${beyond.join("")}).`,
    },
  ];
}
