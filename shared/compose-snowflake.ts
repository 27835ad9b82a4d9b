/** What Snowflake as a source needs of the installation: which addresses it may call, and its guard. */
import { checkUrl, parseOutboundPolicy } from "./outbound/address-policy.ts";
import { memoiseGuard } from "./sql/memoise.ts";
import type { SqlGuard } from "./sql/ports.ts";

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
