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
  platform = await startPlatform({
    ALERT_WEBHOOK_URL: `${receiver.url}/alerts`,
    ALERT_WEBHOOK_SECRET: "a-secret-for-this-test-only",
  });
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

/** What is put in, and how it is kept where that differs: the host parses what is JSON. */
const garbage: readonly { what: string; text: string; kept?: string }[] = [
  { what: "text that is not base64", text: "not base64 at all!" },
  { what: "markup", text: `a & <b attribute="x">]]></b> &amp;` },
  { what: "base64 of a message", text: Buffer.from(`{"delivery_id":"dlv_1"}`).toString("base64") },
  { what: "binary-looking text", text: "\u00ff\u0085\u009f\ufffd\u2028\u{1f4a5} PK\tx" },
  { what: "nothing", text: "" },
  { what: "blanks", text: "   " },
  { what: "a number", text: "12" },
  { what: "null", text: "null" },
  { what: "JSON of the wrong shape", text: `{"delivery":1}` },
  { what: "a list", text: `[{"delivery_id":"dlv_1"}]` },
  { what: "an id with more beside it", text: `{"delivery_id":"dlv_1","also":true}` },
  { what: "an id that holds NUL", text: `{"delivery_id":"\\u0000"}` },
  { what: "an id that no id looks like", text: `{"delivery_id":"' or 1=1"}` },
  { what: "half a surrogate pair", text: `{"delivery_id":"\\ud800"}` },
  {
    what: "characters that XML has not",
    text: `{"a":"\\ufffe\\uffff"}`,
    kept: `{"a":"\ufffe\uffff"}`,
  },
  { what: "an envelope such as ours", text: `{"dead_letter":{"reason":"x"}}` },
];

describe("dead at once, with the reason, and both queues are empty:", () => {
  test.each(garbage)("$what", async ({ text, kept = text }) => {
    const { messageId } = await dispatch.sendMessage(text);
    const letter = await letterOf(messageId);
    expect(letter.queue).toBe(DISPATCH_QUEUE);
    expect(letter.reason).toMatch(/^the message is not valid: ./);
    expect(letter.body).toBe(kept);
  });

  test("a message that would not fit into its envelope is cut", async () => {
    const { messageId } = await dispatch.sendMessage("\\".repeat(40_000));
    const letter = await letterOf(messageId);
    expect(letter.reason).toMatch(/^the message is not valid: ./);
    expect(letter.body).toBe("\\".repeat(20_000));
  });

  test.each([
    ["12", "the message is not valid: Invalid input: expected object, received number"],
    [
      `{"delivery_id":"\\u0000"}`,
      "the message is not valid: delivery_id is not the id of a delivery",
    ],
  ])("%s, in English", async (text, reason) => {
    const { messageId } = await dispatch.sendMessage(text);
    expect((await letterOf(messageId)).reason).toBe(reason);
  });
});

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
