/** Key-pair log-in as Snowflake checks it: an RS256 token whose issuer names account, user and the key's fingerprint. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

export interface RegisteredUser {
  readonly account: string;
  readonly username: string;
  /** PEM, as `ALTER USER … SET RSA_PUBLIC_KEY` takes it. */
  readonly publicKey: string;
}

/** Null when the token is good, else Snowflake's reason. */
export function checkToken(token: string, user: RegisteredUser, now: number): string | null {
  const [head = "", body = "", signature = ""] = token.split(".");
  const key = createPublicKey(user.publicKey);
  const header = decode(head);
  const claims = decode(body);
  if (header?.alg !== "RS256") return "JWT token is invalid. [algorithm]";
  const signed = verify(
    "RSA-SHA256",
    Buffer.from(`${head}.${body}`),
    key,
    Buffer.from(signature, "base64url"),
  );
  if (!signed) return "JWT token is invalid. [signature]";
  const subject = `${user.account}.${user.username}`.toUpperCase();
  if (claims?.sub !== subject) return "JWT token is invalid. [subject]";
  if (claims.iss !== `${subject}.${fingerprint(key)}`) return "JWT token is invalid. [issuer]";
  const [issued, expires] = [claims.iat, claims.exp].map(toMilliseconds);
  if (issued === undefined || issued > now + 60_000) return "JWT token is invalid. [issued]";
  if (expires === undefined || expires <= now) return "JWT token is invalid. [expired]";
  return null;
}

function fingerprint(key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(der).digest("base64")}`;
}

function decode(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** The driver writes milliseconds where RFC 7519 has seconds; Snowflake takes both. */
function toMilliseconds(time: unknown): number | undefined {
  if (typeof time !== "number") return undefined;
  return time > 100_000_000_000 ? time : time * 1_000;
}
