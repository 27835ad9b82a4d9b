/** The container of exports: by connection string (Azurite) or by managed identity. */
import type { ContainerClient } from "@azure/storage-blob";
import type { Config } from "../../config.ts";

export type BlobConfig = Pick<
  Config,
  | "MCP_ENVIRONMENT"
  | "AzureWebJobsStorage"
  | "AzureWebJobsStorage__blobServiceUri"
  | "AzureWebJobsStorage__clientId"
>;

const CONTAINER = "exports";

/** Opened at its first use and shared; a failure is forgotten, so that the next call tries again. */
export function createExportsContainer(config: BlobConfig): () => Promise<ContainerClient> {
  let opening: Promise<ContainerClient> | null = null;
  return () => {
    opening ??= open(config).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
}

async function open(config: BlobConfig): Promise<ContainerClient> {
  const container = (await connect(config)).getContainerClient(CONTAINER);
  // A live installation's container comes with its infrastructure, and its identity may not make one.
  if (config.MCP_ENVIRONMENT !== "live") await container.createIfNotExists();
  return container;
}

async function connect(config: BlobConfig) {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  if (config.AzureWebJobsStorage)
    return BlobServiceClient.fromConnectionString(config.AzureWebJobsStorage);
  const uri = config.AzureWebJobsStorage__blobServiceUri;
  if (!uri) throw new Error("no blob storage is configured: set AzureWebJobsStorage");
  const { ManagedIdentityCredential } = await import("@azure/identity");
  const clientId = config.AzureWebJobsStorage__clientId;
  return new BlobServiceClient(
    uri,
    clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential(),
  );
}
