/** Whatever lands in the alert queue ends where a person can read it, with a reason, and circles nowhere. */
// covers: ALERT-06
import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DISPATCH_QUEUE } from "../../shared/contract/alerts.ts";
import { poisonQueue } from "../../shared/http/serve-queue.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { until } from "../support/local-host.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

interface Letter {
  readonly queue: string;
  readonly message_id: string;
  readonly body: string;
  readonly reason: string;
}

let platform: Platform;
let receiver: HttpReceiver;
let dispatch: QueueClient;
let poison: QueueClient;

beforeAll(async () => {
  receiver = await startHttpReceiver();
  platform = await startPlatform({ ALERT_WEBHOOK_URL: `${receiver.url}/alerts` });
  const service = QueueServiceClient.fromConnectionString(process.env.AzureWebJobsStorage ?? "");
  dispatch = service.getQueueClient(DISPATCH_QUEUE);
  poison = service.getQueueClient(poisonQueue(DISPATCH_QUEUE));
});
afterAll(async () => {
  await platform.stop();
  await receiver.close();
});

const letters = async (): Promise<Letter[]> =>
  (await platform.call("GET", "alerts/dead-letters")).body.items;

/** Hidden messages count too: nothing waits for another try. */
const isEmpty = async (queue: QueueClient) =>
  (await queue.getProperties()).approximateMessagesCount === 0;

async function letterOf(messageId: string): Promise<Letter> {
  await until("the dead letter", async () =>
    (await letters()).some((letter) => letter.message_id === messageId),
  );
  await until("empty queues", async () => (await isEmpty(dispatch)) && (await isEmpty(poison)));
  const found = (await letters()).filter((letter) => letter.message_id === messageId);
  expect(found).toHaveLength(1);
  return found[0] as Letter;
}

const garbage: readonly (readonly [what: string, text: string, body?: string])[] = [
  ["text that is not base64", "not base64 at all!"],
  ["markup", `a & <b attribute="x">]]></b> &amp;`],
  ["base64 of a message", Buffer.from(`{"delivery_id":"dlv_1"}`).toString("base64")],
  ["binary-looking text", "\u00ff\u0085\u009f\ufffd\u2028\u{1f4a5} PK\tx"],
  ["nothing", ""],
  ["blanks", "   "],
  ["a number", "12"],
  ["null", "null"],
  ["JSON of the wrong shape", `{"delivery":1}`],
  ["a list", `[{"delivery_id":"dlv_1"}]`],
  ["an id with more beside it", `{"delivery_id":"dlv_1","also":true}`],
  ["an id that holds NUL", `{"delivery_id":"\\u0000"}`],
  ["an id that no id looks like", `{"delivery_id":"' or 1=1"}`],
  ["half a surrogate pair", `{"delivery_id":"\\ud800"}`],
  ["characters that XML has not", `{"a":"\\ufffe\\uffff"}`, `{"a":"\ufffe\uffff"}`],
  ["an envelope such as ours", `{"dead_letter":{"reason":"x"}}`],
];

describe("dead at once, with the reason, and both queues are empty:", () => {
  test.each(garbage)("%s", async (_what, text, body = JSON.parse(JSON.stringify(text))) => {
    const { messageId } = await dispatch.sendMessage(text);
    const letter = await letterOf(messageId);
    expect(letter.queue).toBe(DISPATCH_QUEUE);
    expect(letter.reason).toMatch(/^the message is not valid: ./);
    expect(letter.body).toBe(text.includes("\\u") && body === text ? replay(text) : body);
  });

  test("a message as large as a queue takes, of characters that grow on their way", async () => {
    const { messageId } = await dispatch.sendMessage(`"${"'".repeat(10_000)}\\u0001`);
    const letter = await letterOf(messageId);
    expect(letter.reason).toMatch(/^the message is not valid: ./);
    expect(letter.body).toMatch(/^"'{1000,}/);
  });
});

/** The host parses what is JSON; it is kept as written back, without what PostgreSQL cannot hold. */
const replay = (text: string) => JSON.stringify(JSON.parse(text));

describe("what lies in the poison queue is recorded whatever it is:", () => {
  test.each([
    ["text", "%%% not ours"],
    ["nothing", ""],
    ["an envelope without a message", `{"dead_letter":{"reason":"x","message_id":"y"}}`],
    [
      "an envelope whose id cannot be written",
      `{"dead_letter":{"reason":"x","message_id":{"toString":1,"valueOf":1}},"message":"m"}`,
    ],
  ])("%s", async (_what, text) => {
    const { messageId } = await poison.sendMessage(text);
    expect(await letterOf(messageId)).toMatchObject({
      body: text,
      reason: "the handler failed every time it was tried",
    });
  });
});

test("a notice still goes its way, and no message of ours is dead", async () => {
  const before = (await letters()).length;
  const sent = await platform.call("POST", "alerts/test", { channels: ["webhook"] });
  expect(sent.status).toBe(202);
  await until("the notice", () => receiver.received.length === 1);
  await until("empty queues", async () => (await isEmpty(dispatch)) && (await isEmpty(poison)));
  expect(await letters()).toHaveLength(before);
});
