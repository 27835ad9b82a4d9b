/** Snowflake as a source: its driver's surroundings set once, then the adapter. */
import type { SourceRequest } from "./contract/sources.ts";
import { checkUrl, parseOutboundPolicy } from "./outbound/address-policy.ts";
import { memoiseGuard } from "./sql/memoise.ts";
import type { SqlGuard } from "./sql/ports.ts";

type SnowflakeRequest = Extract<SourceRequest, { type: "snowflake" }>;

/** `access_url` is the user's: it goes where outgoing calls may go, and over TLS unless the operator trusts the place. */
export function accessUrlRule(allow: readonly string[]): (url: string) => string | null {
  const policy = parseOutboundPolicy(allow);
  return (url) => {
    const verdict = checkUrl(url, policy);
    if (!verdict.ok) return verdict.reason;
    const open = checkUrl(url, { ranges: [], hosts: [] });
    return verdict.url.protocol === "https:" || !open.ok
      ? null
      : "the account's address must begin with https://";
  };
}

export async function connectSnowflake(request: SnowflakeRequest, allow: readonly string[]) {
  const { createSnowflakeSource } = await import("./adapters/snowflake/snowflake-source.ts");
  const { source_id: sourceId, config, credentials } = request;
  return createSnowflakeSource({ sourceId, config, credentials, refuseUrl: accessUrlRule(allow) });
}

let guard: Promise<SqlGuard> | undefined;

/** Its grammar is three megabytes that most installations never need. */
export function openSnowflakeGuard(): Promise<SqlGuard> {
  guard ??= loadGuard().catch((error: unknown) => {
    guard = undefined;
    throw error;
  });
  return guard;
}

async function loadGuard(): Promise<SqlGuard> {
  const { createSnowflakeParser } = await import("./adapters/sqlparser-rs/snowflake-parser.ts");
  const { createSnowflakeGuard } = await import("./sql/snowflake/snowflake-guard.ts");
  return memoiseGuard(createSnowflakeGuard(await createSnowflakeParser()));
}
