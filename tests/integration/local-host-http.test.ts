/** The local host serves HTTP functions of a bundle as the real host does, streamed and buffered. */
// covers: HOST-04, HOST-05
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { TestHost } from "../support/local-host.ts";
import { forgetSeen, seen, startTestHost, until } from "../support/local-host.ts";

let host: TestHost;
afterEach(async () => {
  await host?.stop();
  forgetSeen();
});

const routes = `
app.http("echo", { route: "echo/{id}/{rest?}", methods: ["POST", "GET"], handler: async (request) => ({
  headers: { "x-app": "yes" },
  cookies: [{ name: "c", value: "1 2", httpOnly: true, sameSite: "Lax", maxAge: 60 }],
  jsonBody: {
    url: request.url, method: request.method, params: request.params, body: await request.text(),
    query: request.query.get("q"), custom: request.headers.get("x-custom"),
    invocation: request.headers.get("x-ms-invocation-id"), forwarded: request.headers.get("x-forwarded-proto"),
  },
}) });
app.http("fixed", { route: "echo/fixed", methods: ["GET"], handler: () => ({ body: "fixed" }) });
app.http("files", { route: "files/{*path}", methods: ["GET"], handler: (r) => ({ body: r.params.path ?? "(none)" }) });
app.http("number", { route: "number/{n:int}", methods: ["GET"], handler: (r) => ({ body: r.params.n }) });
app.http("nothing", { methods: ["POST"], handler: () => undefined });
app.http("throws", { handler: () => { throw new Error("secret reason"); } });
app.http("wrong", { handler: () => "not a response" });
app.http("deleted", { methods: ["DELETE"], handler: () => ({ status: 204, body: "dropped" }) });
app.http("secured", { authLevel: "admin", methods: ["GET"], handler: () => ({ body: "open" }) });
`;
const streaming = `app.setup({ enableHttpStream: true });${routes}`;

for (const [mode, source] of [
  ["streamed", streaming],
  ["buffered", routes],
] as const) {
  describe(`${mode} mode`, () => {
    it("hands URL, parameters, headers and body to the function and its answer to the client", async () => {
      host = await startTestHost(source);
      const response = await fetch(`${host.url}/api/echo/a%20b%2Fc?q=1%202`, {
        method: "POST",
        body: "hello",
        headers: { "x-custom": "v" },
      });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-app")).toBe("yes");
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("x-ms-invocation-id")).toBeNull();
      expect(response.headers.get("set-cookie")).toBe(
        "c=1%202; Max-Age=60; HttpOnly; SameSite=Lax",
      );
      expect(await response.json()).toEqual({
        url: `${host.url}/api/echo/a%20b%2Fc?q=1%202`,
        method: "POST",
        params: { id: "a b%2Fc" },
        body: "hello",
        query: "1 2",
        custom: "v",
        invocation: null,
        forwarded: null,
      });
    });

    it("answers 204 for nothing, 500 with an empty body for a throw, and keeps serving", async () => {
      host = await startTestHost(source);
      const nothing = await fetch(`${host.url}/api/nothing`, { method: "POST", body: "unread" });
      expect([nothing.status, await nothing.text()]).toEqual([204, ""]);
      const deleted = await fetch(`${host.url}/api/deleted`, { method: "DELETE" });
      expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
      for (const name of ["throws", "wrong"]) {
        const failed = await fetch(`${host.url}/api/${name}`);
        expect([failed.status, await failed.text()]).toEqual([500, ""]);
      }
      const errors = host.lines.filter((line) => line.level === "error");
      expect(errors.map((line) => line.category)).toEqual(["Function.throws", "Function.wrong"]);
      expect(errors[0]?.message).toContain("secret reason");
      expect(await (await fetch(`${host.url}/api/echo/fixed`)).text()).toBe("fixed");
    });

    it("routes by template, ignoring case, with literals before parameters", async () => {
      host = await startTestHost(source);
      const text = async (path: string) => (await fetch(host.url + path)).text();
      expect(await text("/API/Echo/FIXED/")).toBe("fixed");
      expect(await text("/api/files/a/b%20c.txt")).toBe("a/b c.txt");
      expect(await text("/api/files")).toBe("(none)");
      expect(await text("/api/number/42")).toBe("42");
      expect(await text("/api/secured")).toBe("open");
      const status = async (path: string, method = "GET") =>
        (await fetch(host.url + path, { method })).status;
      expect(await status("/api/number/x")).toBe(404);
      expect(await status("/api/unknown")).toBe(404);
      expect(await status("/echo/fixed")).toBe(404);
      expect(await status("/api/echo/%zz")).toBe(400);
    });

    it("routes the path without dot segments, but leaves an escaped slash alone", async () => {
      host = await startTestHost(source);
      const statusOf = async (target: string) => {
        const reply = await raw(host.port, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
        return Number(reply.split(" ")[1]);
      };
      expect(await statusOf("/api/../api/./echo/fixed")).toBe(200);
      expect(await statusOf("/api/x/%2E%2e/echo/fixed?q=a/../b")).toBe(200);
      expect(await statusOf("/../api/echo/fixed/.")).toBe(200);
      expect(await statusOf("/api/files/%2e%2e%2fx")).toBe(200);
      expect(await statusOf("/api/files/../../echo/fixed")).toBe(404);
    });

    it("names the allowed methods in a 405 and in the answer to OPTIONS", async () => {
      host = await startTestHost(source);
      const wrong = await fetch(`${host.url}/api/echo/1`, { method: "DELETE" });
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, POST"]);
      const options = await fetch(`${host.url}/api/nothing`, { method: "OPTIONS" });
      expect([options.status, options.headers.get("allow")]).toEqual([204, "POST"]);
      const head = await fetch(`${host.url}/api/nothing`, { method: "HEAD" });
      expect(head.status).toBe(405);
      const fallback = await fetch(`${host.url}/api/echo/fixed`, { method: "POST", body: "x" });
      expect(await fallback.json()).toMatchObject({ params: { id: "fixed" } });
    });

    it("refuses a body above 100 MB before it is sent", async () => {
      host = await startTestHost(source);
      const reply = await raw(
        host.port,
        "POST /api/echo/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 104857601\r\n\r\n",
      );
      expect(reply).toMatch(/^HTTP\/1\.1 413 /);
      expect(await (await fetch(`${host.url}/api/echo/fixed`)).text()).toBe("fixed");
    });
  });
}

describe("streaming", () => {
  it("opens no port but its own", async () => {
    host = await startTestHost(streaming);
    const servers = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap");
    expect(servers).toHaveLength(1);
  });

  it("delivers request chunks as they come and response chunks as they are made", async () => {
    host = await startTestHost(`app.setup({ enableHttpStream: true });
      app.http("upper", { methods: ["POST"], handler: (request) => ({
        body: request.body.pipeThrough(new TransformStream({
          transform(chunk, out) { out.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())); },
        })),
      }) });`);
    const request = http.request(`${host.url}/api/upper`, { method: "POST" });
    request.write("one");
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(String((await once(response, "data"))[0])).toBe("ONE");
    request.write("two");
    expect(String((await once(response, "data"))[0])).toBe("TWO");
    request.end();
    await once(response.resume(), "end");
  });

  it("survives a client that leaves during the request and one that leaves during the response", async () => {
    host = await startTestHost(`app.setup({ enableHttpStream: true });
      app.http("slow", { methods: ["POST"], handler: async (request) => {
        globalThis.seenByApp.push("upload began");
        try { await request.text(); } catch { globalThis.seenByApp.push("upload broken"); throw new Error("gone"); }
      } });
      app.http("endless", { methods: ["GET"], handler: () => {
        let left = 200;
        return { body: new ReadableStream({ async pull(out) {
          await new Promise(setImmediate);
          if (left-- === 0) { globalThis.seenByApp.push("copied to the end"); out.close(); }
          else out.enqueue(Buffer.alloc(1000));
        } }) };
      } });`);
    seen();
    const upload = net.connect(host.port, "127.0.0.1");
    upload.write("POST /api/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    await until("the upload to reach the handler", () => seen().includes("upload began"));
    upload.destroy();
    await until("the handler to see the broken upload", () => seen().includes("upload broken"));
    const download = net.connect(host.port, "127.0.0.1");
    download.write("GET /api/endless HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(download, "data");
    download.destroy();
    await until("the library to finish its copy", () => seen().includes("copied to the end"));
    expect((await fetch(`${host.url}/api/nowhere`)).status).toBe(404);
  });

  it("cuts the connection when a body fails halfway, so that the client notices", async () => {
    host = await startTestHost(`app.setup({ enableHttpStream: true });
      app.http("broken", { methods: ["GET"], handler: () => ({ body: new ReadableStream({
        start(out) { out.enqueue(Buffer.from("half")); },
        async pull(out) { await new Promise(setImmediate); out.error(new Error("source broke")); },
      }) }) });`);
    const response = await fetch(`${host.url}/api/broken`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it("refuses a chunked body once it has passed 100 MB", async () => {
    host = await startTestHost(`app.setup({ enableHttpStream: true });
      app.http("drain", { methods: ["POST"], handler: async (request) => {
        let bytes = 0;
        for await (const chunk of request.body) bytes += chunk.byteLength;
        return { body: String(bytes) };
      } });`);
    const chunk = Buffer.alloc(1_048_576);
    const socket = net.connect(host.port, "127.0.0.1");
    const answer = once(socket, "data");
    socket.write("POST /api/drain HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let sent = 0; sent < 101; sent += 1) {
      socket.write(`${chunk.length.toString(16)}\r\n`);
      socket.write(chunk);
      if (!socket.write("\r\n")) await once(socket, "drain");
    }
    socket.write("0\r\n\r\n");
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 413 /);
    await until("the handler's failure", () =>
      host.lines.some((line) => line.message.includes("Failed")),
    );
    socket.destroy();
  });
});

async function raw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text);
  const [data] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return data.toString();
}
