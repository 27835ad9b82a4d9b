/** The HTTP channels against real receivers on loopback. */
// covers: ALERT-02, ALERT-03, ALERT-10
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createConsoleChannel } from "../../shared/adapters/console/console-channel.ts";
import { createOutboundHttp } from "../../shared/adapters/outbound/outbound-http.ts";
import { createPagerDutyChannel } from "../../shared/adapters/pagerduty/pagerduty-channel.ts";
import { createSlackChannel } from "../../shared/adapters/slack/slack-channel.ts";
import { createTeamsChannel } from "../../shared/adapters/teams/teams-channel.ts";
import { createWebhookChannel } from "../../shared/adapters/webhook/webhook-channel.ts";
import type { HttpChannelDeps } from "../../shared/alerts/http-outcome.ts";
import type { AlertChannel, Incident, Notification } from "../../shared/alerts/ports.ts";
import { verifyWebhook } from "../../shared/alerts/webhook-signature.ts";
import { manualClock, testContext } from "../support/call-context.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";

const never = new AbortController().signal;
const clock = manualClock();
const hostile = "<!here> @channel <https://evil.test|click> *bold* & `x`\r\nBcc: a@b.test";
const incident: Incident = {
  incidentId: "inc_1",
  dedupKey: "error_rate:demo",
  rule: "error_rate",
  severity: "critical",
  summary: hostile,
  evidence: { model: "@everyone", sql: "select '<a>'\n[x](http://evil.test)" },
  state: "open",
  openedAt: "2026-03-01T12:00:00.000Z",
  resolvedAt: null,
};
const opened: Notification = {
  idempotencyKey: "dlv_1",
  dedupKey: incident.dedupKey,
  event: "opened",
  incident,
};
const resolved: Notification = {
  ...opened,
  idempotencyKey: "dlv_2",
  event: "resolved",
  incident: { ...incident, state: "resolved", resolvedAt: "2026-03-01T12:05:00.000Z" },
};

let server: HttpReceiver;
let deps: HttpChannelDeps;
beforeEach(async () => {
  server = await startHttpReceiver();
  deps = { outbound: createOutboundHttp({ allow: ["127.0.0.0/8"] }), clock };
});
afterEach(() => server.close());

const bodyOf = (index = 0) => JSON.parse(server.received[index]?.body ?? "null");

const channels: Record<string, () => AlertChannel> = {
  slack: () => createSlackChannel({ webhookUrl: `${server.url}/services/T/B/x` }, deps),
  pagerduty: () =>
    createPagerDutyChannel({ routingKey: "rk", baseUrl: server.url, source: "mcp" }, deps),
  webhook: () => createWebhookChannel({ url: `${server.url}/hook`, secret: "s3cret" }, deps),
  teams: () => createTeamsChannel({ webhookUrl: `${server.url}/workflows/x?sig=y` }, deps),
};

for (const [name, create] of Object.entries(channels)) {
  describe(`the ${name} channel`, () => {
    it("posts JSON and takes 2xx as sent", async () => {
      server.reply({ status: 202, body: "{}" });
      const channel = create();
      expect(channel.name).toBe(name);
      expect(await channel.send(opened, never)).toEqual({ kind: "sent", detail: "status 202" });
      expect(server.received[0]).toMatchObject({
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      expect(bodyOf()).toBeTypeOf("object");
    });

    it("asks for another try, no sooner than the receiver says, at 429 and 503", async () => {
      server.reply(
        { status: 429, headers: { "Retry-After": "7" } },
        { status: 503, headers: { "Retry-After": "Sun, 01 Mar 2026 12:01:00 GMT" } },
        { status: 500 },
      );
      expect(await create().send(opened, never)).toEqual({
        kind: "retry",
        reason: "status 429",
        afterSeconds: 7,
      });
      expect(await create().send(opened, never)).toEqual({
        kind: "retry",
        reason: "status 503",
        afterSeconds: 60,
      });
      expect(await create().send(opened, never)).toEqual({ kind: "retry", reason: "status 500" });
    });

    it("gives up at 400 and at a redirect", async () => {
      server.reply(
        { status: 400, body: "no" },
        { status: 302, headers: { Location: "/elsewhere" } },
      );
      expect(await create().send(opened, never)).toEqual({ kind: "failed", reason: "status 400" });
      expect(await create().send(opened, never)).toEqual({ kind: "failed", reason: "status 302" });
      expect(server.received).toHaveLength(2);
    });

    it("asks for another try when the receiver hangs, resets or is gone", async () => {
      server.reply("hang", "reset");
      deps = { ...deps, timeoutMs: 100 };
      expect(await create().send(opened, never)).toEqual({
        kind: "retry",
        reason: "no answer in time",
      });
      expect(await create().send(opened, never)).toEqual({
        kind: "retry",
        reason: "the connection was closed",
      });
      await server.close();
      expect(await create().send(opened, never)).toEqual({
        kind: "retry",
        reason: "the connection was refused",
      });
      server = await startHttpReceiver();
    });

    it("calls no address that the outbound policy refuses", async () => {
      deps = { ...deps, outbound: createOutboundHttp({ allow: [] }) };
      expect((await create().send(opened, never)).kind).toBe("failed");
      expect(server.connections()).toBe(0);
    });
  });
}

describe("what Slack is sent", () => {
  it("holds hostile content as plain text only", async () => {
    await channels.slack?.().send(opened, never);
    const body = bodyOf();
    const texts: { type: string; text: string }[] = body.blocks.flatMap(
      (block: { text?: never; elements?: never[] }) => block.text ?? block.elements ?? [],
    );
    expect(texts.every(({ type }) => type === "plain_text")).toBe(true);
    for (const text of [body.text, ...texts.map((one) => one.text)]) {
      expect(text).not.toMatch(/[<>\r\n]|@(channel|here|everyone)/);
      expect(text.length).toBeLessThanOrEqual(3000);
    }
    expect(body).toMatchObject({ mrkdwn: false, link_names: false });
  });
});

describe("what Teams is sent", () => {
  it("is an Adaptive Card of text runs, where Markdown means nothing", async () => {
    await channels.teams?.().send(opened, never);
    const card = bodyOf().attachments[0].content;
    expect(card).toMatchObject({ type: "AdaptiveCard", version: "1.4" });
    for (const block of card.body) {
      expect(block.type).toBe("RichTextBlock");
      for (const run of block.inlines)
        expect(run).toMatchObject({ type: "TextRun", text: expect.not.stringMatching(/[\r\n]/) });
    }
  });
});

describe("what PagerDuty is sent", () => {
  it("triggers and resolves under one dedup_key, also over a failure in between", async () => {
    server.reply({ status: 500 }, { status: 202 });
    const channel = channels.pagerduty?.();
    await channel?.send(opened, never);
    await channel?.send(opened, never);
    await channel?.send(resolved, never);
    expect(server.received.map(({ path }) => path)).toEqual(Array(3).fill("/v2/enqueue"));
    expect([0, 1, 2].map((i) => [bodyOf(i).event_action, bodyOf(i).dedup_key])).toEqual([
      ["trigger", "error_rate:demo"],
      ["trigger", "error_rate:demo"],
      ["resolve", "error_rate:demo"],
    ]);
    expect(bodyOf().payload).toMatchObject({
      severity: "critical",
      source: "mcp",
      timestamp: incident.openedAt,
      class: "error_rate",
    });
    expect(bodyOf().payload.summary.length).toBeLessThanOrEqual(1024);
  });
});

describe("what a webhook is sent", () => {
  const sentOf = (index: number) => {
    const { headers, body } = server.received[index] ?? {
      headers: {} as Record<string, string>,
      body: "",
    };
    return {
      timestamp: String(headers["x-mcp-timestamp"]),
      signature: String(headers["x-mcp-signature"]),
      body,
    };
  };

  it("is signed over the time and the body: a change or a late replay shows", async () => {
    await channels.webhook?.().send(opened, never);
    const sent = sentOf(0);
    expect(verifyWebhook("s3cret", sent, clock.now())).toBe("valid");
    expect(
      verifyWebhook(
        "s3cret",
        { ...sent, body: sent.body.replace("error_rate", "all_well") },
        clock.now(),
      ),
    ).toBe("invalid");
    expect(verifyWebhook("s3cret", sent, clock.now() + 301_000)).toBe("expired");
  });

  it("carries the delivery as idempotency key, the same and freshly signed at each attempt", async () => {
    const channel = channels.webhook?.();
    await channel?.send(opened, never);
    clock.advance(600_000);
    await channel?.send(opened, never);
    expect(server.received.map(({ headers }) => headers["idempotency-key"])).toEqual([
      "dlv_1",
      "dlv_1",
    ]);
    expect(server.received[0]?.body).toBe(server.received[1]?.body);
    expect(verifyWebhook("s3cret", sentOf(1), clock.now())).toBe("valid");
    expect(bodyOf()).toMatchObject({
      type: "incident.opened",
      delivery_id: "dlv_1",
      incident: { incident_id: "inc_1", summary: hostile },
    });
  });
});

describe("the console channel", () => {
  it("writes one line to the log", async () => {
    const { ctx, lines } = testContext();
    expect(await createConsoleChannel({ log: ctx.log }).send(opened, never)).toMatchObject({
      kind: "sent",
    });
    expect(lines).toHaveLength(1);
    expect(String(lines[0]?.fields.alert)).toMatch(/^\[CRITICAL\] [^\r\n]+$/);
  });
});
