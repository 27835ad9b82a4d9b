/** How a source's connections sign in: by a password that was registered, or by a token of a managed identity. */
import { AppError } from "../../kernel/app-error.ts";
import type { PostgresConfig, PostgresCredentials } from "./config.ts";

/** A function that gives the token for the next connection; tokens are kept until shortly before they end. */
export type TokenSource = (clientId: string | undefined) => () => Promise<string>;

export interface SignIn {
  readonly user: string;
  readonly password: string | (() => Promise<string>);
}

/** Azure's database servers in the public cloud, whose audience the tokens are for. */
const AZURE_SERVER = /^[a-z0-9-]+\.postgres\.database\.azure\.com$/i;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/i;

/** @throws AppError request_invalid where a token would go to a place that is not known to be Azure's. */
export function signInOf(
  sourceId: string,
  config: PostgresConfig,
  credentials: PostgresCredentials,
  tokens: TokenSource,
): SignIn {
  if (credentials.kind !== "managed_identity") return credentials;
  refuseUnsafePlace(config);
  const { user, client_id: clientId } = credentials;
  const readToken = tokens(clientId);
  const password = () =>
    readToken().catch((cause: unknown) => {
      throw noToken(sourceId, cause);
    });
  return { user, password };
}

/** Whoever reads a token may sign in with it wherever the identity may: it goes to Azure alone, whose certificate was checked. */
function refuseUnsafePlace({ host, ssl }: PostgresConfig): void {
  if (LOOPBACK.test(host)) return;
  if (!AZURE_SERVER.test(host))
    throw invalid(
      "/config/host",
      "must be an Azure Database for PostgreSQL with these credentials",
    );
  if (ssl !== "verify-full")
    throw invalid("/config/ssl", "must be verify-full with these credentials");
}

function invalid(pointer: string, message: string): AppError {
  return new AppError("request_invalid", `${pointer}: ${message}`, {
    fields: [{ pointer, message }],
  });
}

function noToken(sourceId: string, cause: unknown): AppError {
  return new AppError(
    "source_unavailable",
    `The data source ${sourceId} cannot be reached: its managed identity gives no token.`,
    { cause, retryAfterSeconds: 5, meta: { source: sourceId } },
  );
}
