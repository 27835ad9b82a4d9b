/** What Snowflake as a source needs of the installation: which addresses it may call, and its guard. */
import { checkUrl, parseOutboundPolicy } from "./outbound/address-policy.ts";
import { memoiseGuard } from "./sql/memoise.ts";
import type { SqlGuard } from "./sql/ports.ts";

/** Names that Snowflake alone can point anywhere (private link included: its zone is Snowflake's). */
const SNOWFLAKE_HOST = /\.snowflakecomputing\.(com|cn)$/;

/**
 * `access_url` is the user's, and the driver resolves the name itself at each connection, and calls the addresses of
 * result chunks that come in answers: a name that was checked here may mean another place then. So it must be a name of
 * Snowflake's, over TLS, or a place that the operator trusts.
 */
export function accessUrlRule(allow: readonly string[]): (url: string) => string | null {
  const policy = parseOutboundPolicy(allow);
  return (url) => {
    const verdict = checkUrl(url, policy);
    if (!verdict.ok) return verdict.reason;
    const isTrusted = verdict.trusted || !checkUrl(url, { ranges: [], hosts: [] }).ok;
    if (isTrusted) return null;
    if (verdict.url.protocol !== "https:") return "the account's address must begin with https://";
    return SNOWFLAKE_HOST.test(verdict.host)
      ? null
      : "the account's address must end in .snowflakecomputing.com, or be one that OUTBOUND_ALLOW names";
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
