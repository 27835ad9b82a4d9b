/** The way out over real sockets: pinning, TLS server name, redirects, time-outs, big bodies. */
// covers: HEALTH-05, HEALTH-06, HEALTH-07
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOutboundHttp } from "../../shared/adapters/outbound/outbound-http.ts";
import { createUndiciExchange } from "../../shared/adapters/outbound/undici-exchange.ts";
import type { Exchange } from "../../shared/outbound/ports.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { PUBLIC_ADDRESS, scriptedResolver } from "../support/simulated-network.ts";

const never = new AbortController().signal;
let server: HttpReceiver;

beforeEach(async () => {
  server = await startHttpReceiver();
});
afterEach(() => server.close());

const loopback = () => createOutboundHttp({ allow: ["127.0.0.0/8"] });
const get = (url: string, timeoutMs = 5000) => ({ url, method: "GET" as const, timeoutMs });

describe("outbound HTTP over real sockets", () => {
  it("reaches an allowed loopback server and reads its answer", async () => {
    server.reply({ status: 418, headers: { "X-Kind": "tea" }, body: "short and stout" });
    const result = await loopback().send(get(`${server.url}/pot?size=1`), never);
    expect(result).toMatchObject({
      kind: "response",
      status: 418,
      body: "short and stout",
      headers: { "x-kind": "tea" },
    });
    expect(server.received[0]).toMatchObject({ method: "GET", path: "/pot?size=1" });
  });

  it("posts a body with its headers", async () => {
    const result = await loopback().send(
      {
        url: server.url,
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: '{"a":"ü"}',
        timeoutMs: 5000,
      },
      never,
    );
    expect(result.kind).toBe("response");
    expect(server.received[0]).toMatchObject({
      method: "POST",
      body: '{"a":"ü"}',
      headers: { "content-type": "application/json" },
    });
  });

  it("does not touch loopback without being allowed to", async () => {
    const result = await createOutboundHttp({ allow: [] }).send(get(server.url), never);
    expect(result.kind).toBe("refused");
    expect(server.connections()).toBe(0);
  });

  it("connects to the checked address while the Host header stays the name", async () => {
    const { resolver } = scriptedResolver([["127.0.0.1"]]);
    const http = createOutboundHttp({ allow: ["127.0.0.0/8"] }, { resolver });
    expect((await http.send(get(`http://pinned.example.test:${server.port}/`), never)).kind).toBe(
      "response",
    );
    expect(server.received[0]?.headers.host).toBe(`pinned.example.test:${server.port}`);
  });

  it("sees zero hits on loopback when a name rebinds between the check and the connection", async () => {
    const { resolver, asked } = scriptedResolver([[PUBLIC_ADDRESS], ["127.0.0.1"]]);
    const real = createUndiciExchange();
    const connected: string[] = [];
    // The real exchange, except that the public address stands for a closed port here: no test leaves the machine.
    const exchange: Exchange = {
      exchange: (request, signal) => {
        connected.push(request.address.address);
        return real.exchange(
          { ...request, address: { address: "127.255.255.254", family: 4 } },
          signal,
        );
      },
    };
    const http = createOutboundHttp({ allow: [] }, { resolver, exchange });
    const result = await http.send(get(`http://rebind.attacker.test:${server.port}/`), never);
    expect(result.kind).toBe("unreachable");
    expect(connected).toEqual([PUBLIC_ADDRESS]);
    expect(asked).toHaveLength(1);
    expect(server.connections()).toBe(0);
    await http.send(get(`http://rebind.attacker.test:${server.port}/`), never);
    expect(server.connections()).toBe(0);
  });

  it("names the host in TLS, whatever address it connects to", async () => {
    const tls = createServer();
    const hello = new Promise<string>((resolve) => {
      tls.on("connection", (socket) => {
        socket.on("error", () => {});
        socket.once("data", (bytes) => {
          resolve(bytes.toString("latin1"));
          socket.destroy();
        });
      });
    });
    tls.listen(0, "127.0.0.1");
    await once(tls, "listening");
    const { port } = tls.address() as AddressInfo;
    const { resolver } = scriptedResolver([["127.0.0.1"]]);
    const http = createOutboundHttp({ allow: ["127.0.0.0/8"] }, { resolver });
    const result = await http.send(get(`https://secure.example.test:${port}/`), never);
    expect(await hello).toContain("secure.example.test");
    expect(result.kind).toBe("unreachable");
    tls.close();
  });

  it("refuses a redirect from an allowed server into a place that is not allowed", async () => {
    const inner = await startHttpReceiver();
    server.reply({ status: 302, headers: { Location: `http://localhost:${inner.port}/secret` } });
    const { resolver } = scriptedResolver([["127.0.0.1"]]);
    const http = createOutboundHttp({ allow: [`front.example.test:${server.port}`] }, { resolver });
    for (const target of [
      `http://localhost:${inner.port}/`,
      `http://127.0.0.1:${inner.port}/`,
      `http://[::ffff:127.0.0.1]:${inner.port}/`,
    ]) {
      server.reply({ status: 307, headers: { Location: target } });
      expect(
        await http.send(get(`http://front.example.test:${server.port}/`), never),
      ).toMatchObject({ kind: "refused" });
    }
    expect(server.received).toHaveLength(3);
    expect(inner.connections()).toBe(0);
    await inner.close();
  });

  it("follows a redirect that is allowed", async () => {
    server.reply(
      { status: 302, headers: { Location: "/there" } },
      { status: 200, body: "arrived" },
    );
    expect(await loopback().send(get(`${server.url}/here`), never)).toMatchObject({
      kind: "response",
      body: "arrived",
    });
    expect(server.received.map(({ path }) => path)).toEqual(["/here", "/there"]);
  });

  it("gives up on a server that never answers", async () => {
    server.reply("hang");
    expect((await loopback().send(get(server.url, 100), never)).kind).toBe("timeout");
  });

  it("gives up on a server that drips its body for ever", async () => {
    server.reply((response) => {
      const drip = setInterval(() => response.write("."), 5);
      response.on("close", () => clearInterval(drip));
    });
    expect((await loopback().send(get(server.url, 100), never)).kind).toBe("timeout");
  });

  it("reads 64 KiB of a body that never ends, and closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    server.reply((response) => {
      const chunk = "x".repeat(16_384);
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", pour);
      response.on("close", () => closed.resolve());
      pour();
    });
    const result = await loopback().send(get(server.url), never);
    expect(result.kind === "response" && result.body.length).toBe(65_536);
    await closed.promise;
  });

  it("says safely why nothing answered", async () => {
    const { port } = server;
    server.reply("reset");
    expect(await loopback().send(get(server.url), never)).toMatchObject({
      kind: "unreachable",
      reason: "the connection was closed",
    });
    await server.close();
    expect(await loopback().send(get(`http://127.0.0.1:${port}/`), never)).toMatchObject({
      kind: "unreachable",
      reason: "the connection was refused",
    });
    server = await startHttpReceiver();
  });

  it("ignores the proxy variables of the environment", async () => {
    const proxy = await startHttpReceiver();
    const before = { ...process.env };
    Object.assign(process.env, {
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      NODE_USE_ENV_PROXY: "1",
    });
    try {
      expect((await loopback().send(get(server.url), never)).kind).toBe("response");
      expect(proxy.connections()).toBe(0);
    } finally {
      process.env = before;
      await proxy.close();
    }
  });

  it("keeps no cookies between calls", async () => {
    server.reply({ status: 200, headers: { "Set-Cookie": "a=1" } });
    const http = loopback();
    await http.send(get(server.url), never);
    await http.send(get(server.url), never);
    expect(server.received[1]?.headers.cookie).toBeUndefined();
  });
});
