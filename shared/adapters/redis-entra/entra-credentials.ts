/** Signs in to Azure Managed Redis with Entra ID: the managed identity of the app, renewed before its token ends. */
import type { EntraIdCredentialsProviderFactory } from "@redis/entraid";

export type EntraCredentials = ReturnType<
  typeof EntraIdCredentialsProviderFactory.createForSystemAssignedManagedIdentity
>;

/** The share of a token's life after which the next one is fetched. */
const RENEW_AT = 0.8;
/** The library wants a name of the client and sends none for the identity that is the app's own. */
const SYSTEM_ASSIGNED = "system-assigned";

/** @param clientId of a user-assigned identity; undefined for the app's own. */
export async function entraCredentials(clientId: string | undefined): Promise<EntraCredentials> {
  const sdk = await import("@redis/entraid");
  // CommonJS: bundled, all of it is the default export.
  const { EntraIdCredentialsProviderFactory: factory } =
    (sdk as unknown as { default?: typeof sdk }).default ?? sdk;
  const tokenManagerConfig = { expirationRefreshRatio: RENEW_AT };
  return clientId === undefined
    ? factory.createForSystemAssignedManagedIdentity({
        clientId: SYSTEM_ASSIGNED,
        tokenManagerConfig,
      })
    : factory.createForUserAssignedManagedIdentity({
        clientId,
        userAssignedClientId: clientId,
        tokenManagerConfig,
      });
}
