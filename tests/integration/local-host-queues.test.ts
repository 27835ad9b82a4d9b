/** Queue functions and queue outputs of the local host on a real Azurite. */
// covers: HOST-07, HOST-08, HOST-09, HOST-10
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { QueueClient } from "@azure/storage-queue";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { QueueService, QueueServiceOptions } from "../../local/azurite.ts";
import { startQueueService } from "../../local/azurite.ts";
import type { Azurite } from "../support/azurite.ts";
import { freePort, startAzurite } from "../support/azurite.ts";
import { makeDataDir } from "../support/databases.ts";
import type { TestHost, TestHostOptions } from "../support/local-host.ts";
import { forgetSeen, seen, startTestHost, until } from "../support/local-host.ts";

let azurite: Azurite;
let service: QueueServiceClient;
let host: TestHost | undefined;
let queueName: string;
beforeAll(async () => {
  azurite = await startAzurite();
  service = QueueServiceClient.fromConnectionString(azurite.connectionString);
});
afterAll(() => azurite.stop());
beforeEach(() => {
  queueName = `q-${randomUUID()}`;
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
  forgetSeen();
});

const encode = (text: string) => Buffer.from(text).toString("base64");
const decode = (text: string) => Buffer.from(text, "base64").toString();

async function start(source: string, queues: object = {}, options: TestHostOptions = {}) {
  const hostJson = { extensions: { queues: { maxPollingInterval: "00:00:00.1", ...queues } } };
  const env = { LOCAL_HOST_STORAGE: azurite.connectionString, LOCAL_HOST_QUEUE: queueName };
  host = await startTestHost(`globalThis.seenByApp ??= [];${source}`, {
    hostJson,
    env,
    ...options,
  });
  return service.getQueueClient(queueName);
}

const handler = (body: string) => `app.storageQueue("work", {
  queueName: "%LOCAL_HOST_QUEUE%", connection: "LOCAL_HOST_STORAGE",
  handler: async (entry, context) => { ${body} },
});`;

async function texts(client: QueueClient): Promise<string[]> {
  if (!(await client.exists())) return [];
  const { peekedMessageItems } = await client.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map((item) => item.messageText);
}

const isEmpty = async (client: QueueClient) =>
  (await client.getProperties()).approximateMessagesCount === 0;

describe("a queue function", () => {
  it("gets each message with its metadata, on a queue that it creates, and removes it", async () => {
    const queue = await start(
      handler("globalThis.seenByApp.push({ entry, meta: context.triggerMetadata });"),
    );
    await queue.sendMessage(encode(`{"kind":"a","n":1}`));
    await queue.sendMessage(encode("plain ü"));
    await until("both messages", () => seen().length === 2);
    await until("both deletions", () => isEmpty(queue));
    const byEntry = seen<{ entry: unknown; meta: Record<string, unknown> }>();
    expect(byEntry.map(({ entry }) => entry)).toEqual(
      expect.arrayContaining([{ kind: "a", n: 1 }, "plain ü"]),
    );
    expect(byEntry[0]?.meta).toMatchObject({
      dequeueCount: 1,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      popReceipt: expect.any(String),
    });
    for (const key of ["insertionTime", "expirationTime", "nextVisibleTime"]) {
      expect(Date.parse(String(byEntry[0]?.meta[key]))).toBeGreaterThan(0);
    }
  });

  it("is tried again after a failure, and the message moves to poison after the last try", async () => {
    const queue = await start(
      handler(
        `globalThis.seenByApp.push(context.triggerMetadata.dequeueCount); throw new Error("no");`,
      ),
      { maxDequeueCount: 3 },
    );
    await queue.sendMessage(encode("bad"));
    const poison = service.getQueueClient(`${queueName}-poison`);
    await until("the poison message", async () => (await texts(poison)).length > 0);
    await until("the removal", () => isEmpty(queue));
    expect((await texts(poison)).map(decode)).toEqual(["bad"]);
    expect(seen()).toEqual([1, 2, 3]);
  });

  it("hides a failed message for visibilityTimeout", async () => {
    const queue = await start(handler(`globalThis.seenByApp.push(entry); throw new Error("no");`), {
      visibilityTimeout: "01:00:00",
    });
    await queue.sendMessage(encode("later"));
    await until("the failure", () => host?.lines.some((line) => line.message.includes("Failed")));
    await queue.sendMessage(encode("marker"));
    await until("a later poll", () => seen().includes("marker"));
    expect(seen()).toEqual(["later", "marker"]);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(2);
  });

  it("never sees a message that is not base64: it goes to poison as it is", async () => {
    const queue = await start(handler("globalThis.seenByApp.push(entry);"));
    await queue.sendMessage("not base64!");
    const poison = service.getQueueClient(`${queueName}-poison`);
    await until("the poison message", async () => (await texts(poison)).length > 0);
    expect(await texts(poison)).toEqual(["not base64!"]);
    expect(seen()).toEqual([]);
  });

  it("reads plain text when host.json says messageEncoding none", async () => {
    const queue = await start(handler("globalThis.seenByApp.push(entry);"), {
      messageEncoding: "none",
    });
    const messages = ["a & <b>", "", "%%%", " padded "];
    for (const text of messages) {
      await queue.sendMessage(text);
      await until("the message", () => seen().includes(text));
    }
    expect(seen()).toEqual(messages);
    await until("their removal", () => isEmpty(queue));
  });

  it("moves plain text to poison as plain text", async () => {
    const queue = await start(handler(`throw new Error("no");`), {
      messageEncoding: "none",
      maxDequeueCount: 1,
    });
    await queue.sendMessage("bad & <b>");
    const poison = service.getQueueClient(`${queueName}-poison`);
    await until("the poison message", async () => (await texts(poison)).length > 0);
    expect(await texts(poison)).toEqual(["bad & <b>"]);
  });

  it("runs at most batchSize + newBatchThreshold messages at once", async () => {
    const queue = await start(
      handler(
        `globalThis.seenByApp.push(entry); await new Promise((resolve) => { globalThis.openGate = (globalThis.openGate ?? []).concat(resolve); });`,
      ),
      { batchSize: 2, newBatchThreshold: 1 },
    );
    const gates = () => (globalThis as { openGate?: (() => void)[] }).openGate ?? [];
    for (let index = 0; index < 6; index += 1) await queue.sendMessage(encode(`m${index}`));
    await until("the first batch", () => seen().length === 2);
    gates()[0]?.();
    await until("the second batch", () => seen().length === 4);
    expect(gates().length - 1).toBe(3);
    for (let done = 1; done < 6; done += 1) (await until("a gate", () => gates()[done]))();
    await until("the rest", () => isEmpty(queue));
    expect(new Set(seen()).size).toBe(6);
  });

  it("can be run by hand with an input", async () => {
    await start(handler("globalThis.seenByApp.push(entry);"));
    const run = await fetch(`${host?.url}/admin/functions/work`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input: `{"by":"hand"}` }),
    });
    expect(run.status).toBe(202);
    await until("the run", () => seen().length > 0);
    expect(seen()).toEqual([{ by: "hand" }]);
  });

  it("ends its running message before a stop, and takes no other", async () => {
    const queue = await start(
      handler(
        `globalThis.seenByApp.push(entry); await new Promise((resolve) => { globalThis.finishMessage = resolve; });`,
      ),
      { batchSize: 1, newBatchThreshold: 0 },
    );
    await queue.sendMessage(encode("one"));
    await until("the first message", () => seen().length === 1);
    await queue.sendMessage(encode("two"));
    const stopped = host?.stop();
    (globalThis as unknown as { finishMessage(): void }).finishMessage();
    await stopped;
    expect(seen()).toEqual(["one"]);
    expect((await texts(queue)).map(decode)).toEqual(["two"]);
  });

  it("starts without its storage service, complains once, and finds it later", async () => {
    const port = await freePort();
    const connectionString = azurite.connectionString.replace(
      /127\.0\.0\.1:\d+/,
      `127.0.0.1:${port}`,
    );
    await start(
      handler("globalThis.seenByApp.push(entry);"),
      {},
      {
        env: { LOCAL_HOST_STORAGE: connectionString, LOCAL_HOST_QUEUE: queueName },
      },
    );
    const complaints = () =>
      host?.lines.filter((line) => line.category === "Host.Triggers.Queue.work").length;
    expect(complaints()).toBe(1);
    const late = await startAzurite(port);
    try {
      const queue =
        QueueServiceClient.fromConnectionString(connectionString).getQueueClient(queueName);
      await until("the queue", () => queue.exists());
      await queue.sendMessage(encode("at last"));
      await until("the message", () => seen().includes("at last"));
      expect(complaints()).toBe(1);
      await host?.stop();
    } finally {
      await late.stop();
    }
  });
});

describe("the queue service of npm start", () => {
  const own: QueueService[] = [];
  let folder: { path: string; remove(): Promise<void> };
  beforeAll(async () => {
    folder = await makeDataDir();
  });
  afterEach(async () => {
    for (const one of own.splice(0)) await one.stop();
  });
  afterAll(() => folder.remove());
  const provide = async (options: QueueServiceOptions) => {
    const one = await startQueueService(folder.path, options);
    own.push(one);
    const client = QueueServiceClient.fromConnectionString(one.connectionString);
    await client.getProperties();
    return { port: Number(/127\.0\.0\.1:(\d+)/.exec(one.connectionString)?.[1]), stop: one.stop };
  };
  const azuritePort = () => Number(/:(\d+)\//.exec(azurite.connectionString)?.[1]);

  it("listens on the usual port when that is free", async () => {
    const usualPort = await freePort();
    expect((await provide({ usualPort, share: true })).port).toBe(usualPort);
  });

  it("uses one that answers there already, and leaves it running", async () => {
    const shared = await provide({ usualPort: azuritePort(), share: true });
    expect(shared.port).toBe(azuritePort());
    await shared.stop();
    await service.getProperties();
  });

  it("keeps to itself where nobody named the emulator", async () => {
    expect((await provide({ usualPort: azuritePort() })).port).not.toBe(azuritePort());
  });

  it("takes another port when another program has the usual one", async () => {
    const other = createServer((_request, response) => response.end("hello")).listen(
      0,
      "127.0.0.1",
    );
    await once(other, "listening");
    const { port: usualPort } = other.address() as { port: number };
    expect((await provide({ usualPort, share: true })).port).not.toBe(usualPort);
    other.close();
  });
});

describe("a queue output", () => {
  const target = `output.storageQueue({ queueName: "%LOCAL_HOST_QUEUE%", connection: "LOCAL_HOST_STORAGE" })`;

  it("sends text, an object, or each element of an array, and nothing for nothing", async () => {
    const queue = await start(`const out = ${target};
      app.http("send", { methods: ["POST"], extraOutputs: [out], handler: async (request, context) => {
        context.extraOutputs.set(out, await request.json()); return { status: 202 }; } });`);
    const send = (body: unknown) =>
      fetch(`${host?.url}/api/send`, { method: "POST", body: JSON.stringify(body) });
    for (const body of ["text", { a: 1 }, ["x", { y: 2 }], null, 7]) {
      expect((await send(body)).status).toBe(202);
    }
    expect((await texts(queue)).map(decode)).toEqual(["text", `{"a":1}`, "x", `{"y":2}`, "7"]);
  });

  it("sends plain text when host.json says messageEncoding none", async () => {
    const queue = await start(
      `app.timer("tick", { schedule: "0 0 0 1 1 *", return: ${target}, handler: () => "<&>" });`,
      { messageEncoding: "none" },
    );
    await host?.invoke("tick");
    expect(await texts(queue)).toEqual(["<&>"]);
  });

  it("sends the return value of a timer, and nothing when the handler throws", async () => {
    const queue = await start(`app.timer("tick", { schedule: "0 0 0 1 1 *", return: ${target},
      handler: () => { if (globalThis.seenByApp.length > 0) throw new Error("no"); return { from: "timer" }; } });`);
    await host?.invoke("tick");
    seen().push("fail from here");
    await expect(host?.invoke("tick")).rejects.toThrow("no");
    expect((await texts(queue)).map(decode)).toEqual([`{"from":"timer"}`]);
  });

  it("wakes the listener of the same host, which would else wait for its next poll", async () => {
    await start(
      `${handler("globalThis.seenByApp.push(entry);")}
       app.timer("tick", { schedule: "0 0 0 1 1 *", return: ${target}, handler: () => "wake up" });`,
      { maxPollingInterval: "01:00:00" },
    );
    await host?.invoke("tick");
    await until("the message", () => seen().length > 0);
    expect(seen()).toEqual(["wake up"]);
  });
});
