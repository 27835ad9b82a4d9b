/** The whole SSRF catalogue against the guard: every deny denied, every allow allowed, no connection to a denied place. */
// covers: HEALTH-05, HEALTH-06, HEALTH-07
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createOutboundHttp } from "../../../shared/adapters/outbound/outbound-http.ts";
import { checkAddress, parseOutboundPolicy } from "../../../shared/outbound/address-policy.ts";
import {
  okAnswer,
  PUBLIC_ADDRESS,
  redirectTo,
  scriptedExchange,
  scriptedResolver,
} from "../../support/simulated-network.ts";

interface Case {
  readonly id: string;
  readonly url: string;
  readonly expect: "deny" | "allow";
  readonly why: string;
  readonly kind: string;
  readonly dns?: readonly (readonly string[])[];
  readonly redirects?: readonly string[];
  readonly status?: number;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../support/catalogues/ssrf_urls.json", import.meta.url), "utf8"),
);
const policy = parseOutboundPolicy([]);
const never = new AbortController().signal;

async function runCase(one: Case) {
  const { resolver } = scriptedResolver(one.dns ?? [[PUBLIC_ADDRESS]]);
  const redirects = (one.redirects ?? []).map((location) => redirectTo(location, one.status));
  const { exchange, sent } = scriptedExchange([...redirects, okAnswer]);
  const http = createOutboundHttp({ allow: [] }, { resolver, exchange });
  const result = await http.send({ url: one.url, method: "GET", timeoutMs: 1000 }, never);
  return { result, sent };
}

describe("the SSRF catalogue", () => {
  it("holds the cases of the specification", () => {
    expect(cases).toHaveLength(79);
  });

  for (const one of cases) {
    it(`${one.id}: ${one.expect === "deny" ? "denies" : "allows"} — ${one.why}`, async () => {
      const { result, sent } = await runCase(one);
      for (const { address } of sent) {
        expect(checkAddress(address.address, policy, false)).toEqual({ ok: true });
      }
      if (one.kind === "rebind") {
        expect(sent.map(({ address }) => address.address)).toEqual([one.dns?.[0]?.[0]]);
      } else if (one.expect === "allow") {
        expect(result.kind).toBe("response");
      } else {
        expect(result.kind).toBe("refused");
        expect(sent.length).toBe(
          one.redirects === undefined ? 0 : Math.min(one.redirects.length, 4),
        );
      }
    });
  }
});
