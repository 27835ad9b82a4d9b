/** What the driver is told: where, who, with which key. The key is opened here, so that a wrong one is said at once. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { AppError } from "../../kernel/app-error.ts";
import type { SnowflakeConfig, SnowflakeCredentials } from "./config.ts";

interface Options {
  readonly config: SnowflakeConfig;
  readonly credentials: SnowflakeCredentials;
  readonly refuseUrl: (url: string) => string | null;
}

/** Rows that the driver turns into values ahead of what was asked for. */
const ROWS_AHEAD = 512;

/** @throws AppError request_invalid. */
export function connectionOptions({ config, credentials, refuseUrl }: Options): object {
  return {
    ...address(config, refuseUrl),
    account: config.account,
    username: config.username,
    authenticator: "SNOWFLAKE_JWT",
    privateKey: openKey(credentials),
    ...(config.role !== null && { role: config.role }),
    warehouse: config.warehouse,
    database: config.database,
    schema: config.schemas[0],
    application: "mcp-platform",
    // Names that do not exist are refused at log-in, not at the first statement.
    validateDefaultParameters: true,
    representNullAsStringNull: false,
    clientSessionKeepAlive: false,
    clientStoreTemporaryCredential: false,
    rowStreamHighWaterMark: ROWS_AHEAD,
  };
}

/** Without one the driver makes `https://<account>.snowflakecomputing.com`. */
function address({ access_url: url }: SnowflakeConfig, refuseUrl: (url: string) => string | null) {
  if (url === null) return {};
  const reason = refuseUrl(url);
  if (reason !== null)
    throw new AppError("request_invalid", `/config/access_url: ${reason}`, {
      fields: [{ pointer: "/config/access_url", message: reason }],
    });
  return { accessUrl: url.replace(/\/+$/, "") };
}

function openKey({ private_key: key, passphrase }: SnowflakeCredentials): string {
  let opened: KeyObject;
  try {
    opened = createPrivateKey({
      key,
      format: "pem",
      ...(passphrase !== undefined && { passphrase }),
    });
  } catch {
    // Its own message may quote the key.
    throw unusable(
      "The private key cannot be read: it is not PEM, or the passphrase does not open it.",
    );
  }
  if (opened.asymmetricKeyType !== "rsa") throw unusable("The private key is not an RSA key.");
  return opened.export({ type: "pkcs8", format: "pem" }).toString();
}

function unusable(message: string): AppError {
  return new AppError("request_invalid", `/credentials/private_key: ${message}`, {
    fields: [{ pointer: "/credentials/private_key", message }],
  });
}
