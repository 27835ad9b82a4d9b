/** How a body comes over a real connection: at once, in pieces, one after the other on one connection, or never whole. */
// covers: HTTP-02
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { peerOf, watchConnections } from "../../../shared/adapters/azure-functions/http-peer.ts";

const LIMIT = 1_000;

let server: Server;
let socket: Socket;
/** What each request's body was read as, or the code of the error, in the order in which they were sent. */
let read: string[];
let first = 0;
let requests = 0;

beforeAll(async () => {
  watchConnections();
  server = createServer(async (request, response) => {
    // As in the host, some turns pass between the connection and the function, and before it reads.
    await Promise.resolve();
    const id = String(request.headers["x-ms-invocation-id"]);
    const at = Number(id) - first;
    const peer = peerOf(id);
    await delay(Number(request.headers["x-wait-ms"] ?? 0));
    try {
      read[at] = Buffer.from((await peer.readBody(LIMIT)) ?? "unknown").toString();
    } catch (error) {
      read[at] = (error as { code?: string }).code ?? String(error);
    }
    response.end("done");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
beforeEach(async () => {
  read = [];
  first = requests;
  socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
});
afterEach(() => socket.destroy());
afterAll(async () => {
  server.close();
  await once(server, "close");
});

const head = (...headers: string[]) =>
  `POST / HTTP/1.1\r\nHost: here\r\nX-Ms-Invocation-Id: ${requests++}\r\n${headers.map((one) => `${one}\r\n`).join("")}\r\n`;
const whole = (body: string) => head(`Content-Length: ${Buffer.byteLength(body)}`) + body;

async function answers(count: number): Promise<void> {
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
    if (text.split("done").length > count) return;
  }
}

describe("a body", () => {
  it("is read where it came with its headers", async () => {
    socket.write(whole('{"größe":1}'));
    await answers(1);
    expect(read).toEqual(['{"größe":1}']);
  });

  it("is read in pieces, with its length or without", async () => {
    socket.write(`${head("Content-Length: 6")}abc`);
    await delay(30);
    expect(read).toEqual([]);
    socket.write("def");
    socket.write(head("Transfer-Encoding: chunked"));
    await delay(30);
    socket.write("3\r\nabc\r\n");
    await delay(30);
    socket.write("3\r\ndef\r\n0\r\n\r\n");
    await answers(2);
    expect(read).toEqual(["abcdef", "abcdef"]);
  });

  it("is each request's own, however many come at once on one connection", async () => {
    const bodies = Array.from({ length: 50 }, (_, i) => `${i} ${"x".repeat(i * 10)}`);
    socket.write(bodies.map(whole).join(""));
    await answers(bodies.length);
    expect(read).toEqual(bodies);
  });

  it("may be empty", async () => {
    socket.write(head("Content-Length: 0") + head() + whole("next"));
    await answers(3);
    expect(read).toEqual(["", "", "next"]);
  });

  it("may hold so much, and no more, whether it says so beforehand or not", async () => {
    const most = "x".repeat(LIMIT);
    socket.write(whole(most) + whole(`${most}y`));
    socket.write(`${head("Transfer-Encoding: chunked")}3E9\r\n${most}y\r\n0\r\n\r\n`);
    socket.write(whole("next"));
    await answers(4);
    expect(read).toEqual([most, "body_too_large", "body_too_large", "next"]);
  });

  it.each([
    ["half of it", ["Content-Length: 6"], "abc"],
    ["half of it, without its length", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n"],
    ["none", [], ""],
  ])(
    "is not waited for where the caller left before it was read: %s",
    async (_name, more, sent) => {
      socket.write(head("X-Wait-Ms: 80", ...more) + sent);
      await delay(30);
      socket.destroy();
      await expect.poll(() => read).toEqual(["client_closed"]);
    },
  );

  it("is there all the same where it came whole", async () => {
    socket.write(`${head("X-Wait-Ms: 80", "Content-Length: 3")}abc`);
    await delay(30);
    socket.destroy();
    await expect.poll(() => read).toEqual(["abc"]);
  });

  it("that never comes whole is a caller who is gone", async () => {
    socket.write(`${head("Content-Length: 6")}abc`);
    await delay(30);
    socket.destroy();
    await expect.poll(() => read).toEqual(["client_closed"]);
  });
});
