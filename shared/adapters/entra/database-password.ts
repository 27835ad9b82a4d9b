/** Signs in to PostgreSQL with Microsoft Entra ID: the password of a connection is an access token. */
import type { Config } from "../../config.ts";
import { AppError } from "../../kernel/app-error.ts";
import { createTokenSource } from "./access-token.ts";

/** The audience of Azure Database for PostgreSQL in the public cloud (Microsoft Learn, "connect with managed identity"). */
const SCOPE = "https://ossrdbms-aad.database.windows.net/.default";

/**
 * A password for the next connection. The server looks at it only while it connects, so a token may expire under an
 * open connection.
 * @throws Error when no token is to be had.
 */
export function createDatabaseToken(clientId: string | undefined): () => Promise<string> {
  return createTokenSource(clientId, SCOPE);
}

/** For the metadata database. @throws AppError `metadata_unavailable` when no token is to be had. */
export function createDatabasePassword({
  AZURE_CLIENT_ID: clientId,
}: Pick<Config, "AZURE_CLIENT_ID">): () => Promise<string> {
  const readToken = createDatabaseToken(clientId);
  return async () => {
    try {
      return await readToken();
    } catch (cause) {
      throw new AppError("metadata_unavailable", "The platform's own database cannot be reached.", {
        cause,
        retryAfterSeconds: 2,
        meta: { reason: "no access token for the metadata database" },
      });
    }
  };
}
