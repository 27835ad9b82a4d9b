/** The guard around a call: pinning, redirects, headers. */
// covers: HEALTH-05, HEALTH-06, HEALTH-07
import { describe, expect, it } from "vitest";
import { createOutboundHttp } from "../../../shared/adapters/outbound/outbound-http.ts";
import type { ExchangeResult, OutboundRequest } from "../../../shared/outbound/ports.ts";
import {
  okAnswer,
  PUBLIC_ADDRESS,
  redirectTo,
  scriptedExchange,
  scriptedResolver,
} from "../../support/simulated-network.ts";

const never = new AbortController().signal;

async function send(
  request: Partial<OutboundRequest>,
  answers: readonly ExchangeResult[],
  dns: readonly (readonly string[])[] = [[PUBLIC_ADDRESS]],
) {
  const { resolver, asked } = scriptedResolver(dns);
  const { exchange, sent } = scriptedExchange(answers);
  const http = createOutboundHttp({ allow: [] }, { resolver, exchange });
  const result = await http.send(
    { url: "https://a.example.test/x", method: "GET", timeoutMs: 1000, ...request },
    never,
  );
  return { result, sent, asked };
}

describe("the guard", () => {
  it("resolves once per hop and connects to the checked address", async () => {
    const { sent, asked } = await send({}, [okAnswer], [[PUBLIC_ADDRESS], ["127.0.0.1"]]);
    expect(asked).toEqual(["a.example.test"]);
    expect(sent.map((one) => [one.url.hostname, one.address.address])).toEqual([
      ["a.example.test", PUBLIC_ADDRESS],
    ]);
  });

  it("judges a redirect to the same name anew, so that rebinding between hops is seen", async () => {
    const { result, sent } = await send(
      {},
      [redirectTo("/again"), okAnswer],
      [[PUBLIC_ADDRESS], ["127.0.0.1"]],
    );
    expect(result.kind).toBe("refused");
    expect(sent).toHaveLength(1);
  });

  it("follows three redirects and refuses the fourth", async () => {
    const hop = redirectTo("/next");
    expect((await send({}, [hop, hop, hop, okAnswer])).result).toMatchObject({
      kind: "response",
      status: 200,
    });
    expect((await send({}, [hop, hop, hop, hop, okAnswer])).result).toEqual({
      kind: "refused",
      reason: "too many redirects",
    });
  });

  it("answers a POST with its redirect instead of following it", async () => {
    const { result, sent } = await send({ method: "POST", body: "{}" }, [
      redirectTo("http://127.0.0.1/", 307),
    ]);
    expect(result).toMatchObject({ kind: "response", status: 307 });
    expect(sent).toHaveLength(1);
  });

  it.each([
    "http://a.example.test/",
    "//127.0.0.1/",
    "ftp://a.example.test/",
    "http://a b/",
    "https://x\\@y/",
    "https://u@a.example.test/",
  ])("refuses the redirect to %s", async (location) => {
    const { result, sent } = await send({}, [redirectTo(location), okAnswer]);
    expect(result.kind).toBe("refused");
    expect(sent).toHaveLength(1);
  });

  it("keeps credentials from another origin after a redirect", async () => {
    const headers = { Authorization: "Bearer secret", Accept: "text/plain", "X-Token": "secret" };
    const { sent } = await send({ headers }, [
      redirectTo("/same"),
      redirectTo("https://b.example.test/"),
      okAnswer,
    ]);
    expect(sent[1]?.headers).toMatchObject({ authorization: "Bearer secret", "x-token": "secret" });
    expect(sent[2]?.headers).toEqual({ accept: "text/plain", "user-agent": "mcp-platform" });
  });

  it.each([
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Proxy-Authorization",
    "Cookie",
    "bad name",
  ])("refuses to send the header %s", async (name) => {
    expect((await send({ headers: { [name]: "1" } }, [okAnswer])).result.kind).toBe("refused");
  });

  it("refuses a header value with a line break", async () => {
    expect((await send({ headers: { "x-a": "1\r\nHost: b" } }, [okAnswer])).result.kind).toBe(
      "refused",
    );
  });

  it("says that an unknown name is unreachable", async () => {
    expect((await send({}, [okAnswer], [[]])).result).toMatchObject({
      kind: "unreachable",
      reason: "the host name is not known",
    });
  });

  it("prefers IPv4 among several allowed answers", async () => {
    const { sent } = await send({}, [okAnswer], [["2606:2800:220:1::1", PUBLIC_ADDRESS]]);
    expect(sent[0]?.address).toEqual({ address: PUBLIC_ADDRESS, family: 4 });
  });

  it("is not held by a resolver that never answers", async () => {
    const { exchange } = scriptedExchange([okAnswer]);
    const http = createOutboundHttp(
      { allow: [] },
      { exchange, resolver: { resolve: () => new Promise(() => {}) } },
    );
    expect(
      (await http.send({ url: "https://a.example.test/", method: "GET", timeoutMs: 20 }, never))
        .kind,
    ).toBe("timeout");
  });

  it("throws the caller's reason when the caller gives up", async () => {
    const caller = new AbortController();
    const { exchange } = scriptedExchange([okAnswer]);
    const http = createOutboundHttp(
      { allow: [] },
      { exchange, resolver: { resolve: () => new Promise(() => caller.abort(new Error("gone"))) } },
    );
    await expect(
      http.send({ url: "https://a.example.test/", method: "GET", timeoutMs: 5000 }, caller.signal),
    ).rejects.toThrow("gone");
  });
});
