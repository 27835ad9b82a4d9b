/**
 * The identity endpoint that App Service and Functions give an app (IDENTITY_ENDPOINT, IDENTITY_HEADER), on loopback:
 * the real identity library asks it for tokens. "Connect to Azure services in app code", Microsoft Learn, REST reference.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface TokenRequest {
  readonly resource: string | null;
  readonly clientId: string | null;
  readonly authorised: boolean;
}

export interface IdentityEndpoint {
  /** What the platform puts into the environment of an app with an identity. */
  readonly env: Readonly<Record<"IDENTITY_ENDPOINT" | "IDENTITY_HEADER", string>>;
  readonly requests: readonly TokenRequest[];
  /** What it hands out from now on; null refuses. */
  give(token: { readonly value: string; readonly lifetimeSeconds: number } | null): void;
  close(): Promise<void>;
}

export async function startIdentityEndpoint(): Promise<IdentityEndpoint> {
  const header = randomUUID();
  const requests: TokenRequest[] = [];
  let given: { readonly value: string; readonly lifetimeSeconds: number } | null = null;
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const authorised = request.headers["x-identity-header"] === header;
    const resource = searchParams.get("resource");
    requests.push({ resource, clientId: searchParams.get("client_id"), authorised });
    response.setHeader("content-type", "application/json");
    if (!authorised || given === null) {
      response.statusCode = authorised ? 400 : 401;
      response.end(JSON.stringify({ statusCode: response.statusCode, message: "refused" }));
      return;
    }
    const expiresOn = Math.floor(Date.now() / 1_000) + given.lifetimeSeconds;
    response.end(
      JSON.stringify({
        access_token: given.value,
        expires_on: String(expiresOn),
        resource,
        token_type: "Bearer",
      }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    env: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: header },
    requests,
    give: (token) => {
      given = token;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
