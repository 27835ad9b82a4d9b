/** Access tokens of the platform's identity in Microsoft Entra ID. The identity library keeps each until shortly before its end. */
import type { TokenCredential } from "@azure/identity";

/** In Azure exactly the identity that was named; without one, whoever is signed in here (`az login`, `azd auth login`). */
export function createTokenSource(
  clientId: string | undefined,
  scope: string,
): () => Promise<string> {
  let credential: Promise<TokenCredential> | null = null;
  return async () => {
    credential ??= openCredential(clientId);
    const token = await (await credential).getToken(scope);
    if (token === null) throw new Error("the identity gave no token");
    return token.token;
  };
}

async function openCredential(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import("@azure/identity");
  return clientId === undefined
    ? new DefaultAzureCredential()
    : new ManagedIdentityCredential({ clientId });
}
