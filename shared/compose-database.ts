/** The metadata database as configured: embedded, a server with a password, or a server with Entra ID. */
import { createDatabasePassword } from "./adapters/entra/database-password.ts";
import { type MetadataDatabase, openMetadataDatabase } from "./adapters/metadata/database.ts";
import type { Config } from "./config.ts";

export type DatabaseConfig = Pick<
  Config,
  "DATABASE_URL" | "DATABASE_AUTH" | "DATABASE_MAX_CONNECTIONS" | "MCP_DATA_DIR" | "AZURE_CLIENT_ID"
>;

export const openConfiguredDatabase = (
  config: DatabaseConfig,
  onIdleError: (error: Error) => void,
): Promise<MetadataDatabase> =>
  openMetadataDatabase(
    config,
    onIdleError,
    config.DATABASE_AUTH === "entra" ? createDatabasePassword(config) : undefined,
  );
