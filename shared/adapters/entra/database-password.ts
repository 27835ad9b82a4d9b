/** Signs in to PostgreSQL with Microsoft Entra ID: the password of a connection is an access token. */
import type { TokenCredential } from "@azure/identity";
import type { Config } from "../../config.ts";
import { AppError } from "../../kernel/app-error.ts";

/** The audience of Azure Database for PostgreSQL in the public cloud (Microsoft Learn, "connect with managed identity"). */
const SCOPE = "https://ossrdbms-aad.database.windows.net/.default";

/**
 * A password for the next connection. The server looks at it only while it connects, so a token may expire under an
 * open connection; the identity library keeps a token until shortly before that.
 * @throws Error when no token is to be had.
 */
export function createDatabaseToken(clientId: string | undefined): () => Promise<string> {
  let credential: Promise<TokenCredential> | null = null;
  return async () => {
    credential ??= openCredential(clientId);
    const token = await (await credential).getToken(SCOPE);
    if (token === null) throw new Error("the identity gave no token");
    return token.token;
  };
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

/** In Azure exactly the identity that was named; without one, whoever is signed in here (`az login`, `azd auth login`). */
async function openCredential(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import("@azure/identity");
  return clientId === undefined
    ? new DefaultAzureCredential()
    : new ManagedIdentityCredential({ clientId });
}
