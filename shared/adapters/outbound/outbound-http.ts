/** The platform's way out: the guard over undici and the operating system's resolver. */
import { systemClock } from "../../kernel/clock.ts";
import { parseOutboundPolicy } from "../../outbound/address-policy.ts";
import { createGuardedHttp, type GuardedHttpDeps } from "../../outbound/guarded-http.ts";
import type { OutboundHttp } from "../../outbound/ports.ts";
import { createDnsResolver } from "./dns-resolver.ts";
import { createUndiciExchange } from "./undici-exchange.ts";

export interface OutboundHttpConfig {
  /** CIDRs, addresses and host names that are let through besides the public internet; see `parseOutboundPolicy`. */
  readonly allow: readonly string[];
}

/** @throws TypeError for an entry of the allow list that cannot be read. */
export function createOutboundHttp(
  config: OutboundHttpConfig,
  parts: Partial<Omit<GuardedHttpDeps, "policy">> = {},
): OutboundHttp {
  return createGuardedHttp({
    policy: parseOutboundPolicy(config.allow),
    resolver: parts.resolver ?? createDnsResolver(),
    exchange: parts.exchange ?? createUndiciExchange(),
    clock: parts.clock ?? systemClock,
  });
}
