/** The pure rules of the alerts room: state tables, back-off, escaping, bounds, signatures. */
// covers: ALERT-04, ALERT-10
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_ATTEMPTS,
  parseRetryAfter,
  retryDelaySeconds,
} from "../../../shared/alerts/back-off.ts";
import { nextDeliveryState } from "../../../shared/alerts/delivery-state.ts";
import { judgeHttpResult } from "../../../shared/alerts/http-outcome.ts";
import {
  boundDeadLetterBody,
  boundDedupKey,
  boundIncident,
} from "../../../shared/alerts/incident-bounds.ts";
import { nextCondition } from "../../../shared/alerts/incident-state.ts";
import { htmlText, plainText, renderMessage } from "../../../shared/alerts/message.ts";
import type { Incident } from "../../../shared/alerts/ports.ts";
import { escapeHtml, escapeSlack, oneLine } from "../../../shared/alerts/text.ts";
import { signWebhook, verifyWebhook } from "../../../shared/alerts/webhook-signature.ts";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyText = fc.string({ unit: "binary", maxLength: 400 });

describe("delivery states", () => {
  const states = ["pending", "sent", "dead", "suppressed"] as const;
  const changes = ["sent", "retried", "failed", "suppressed"] as const;

  it("never leave a final state, whatever happens in whatever order", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.array(fc.constantFrom(...changes)),
        (start, events) => {
          let state: (typeof states)[number] = start;
          for (const event of events) {
            const next = nextDeliveryState(state, event);
            if (state !== "pending") expect(next).toBe(state);
            state = next;
          }
        },
      ),
    );
  });
});

describe("condition states", () => {
  const signals = ["fired", "fired-after-repeat-interval", "cleared"] as const;

  it("tell an end exactly once for each incident that began", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...signals)), (events) => {
        let state: "none" | "open" | "resolved" = "none";
        let begun = 0;
        let ended = 0;
        for (const event of events) {
          const step = nextCondition(state, event);
          if (step.begins) begun++;
          if (step.notice === "resolved") ended++;
          state = step.state;
        }
        expect(begun - ended).toBe(state === "open" ? 1 : 0);
      }),
    );
  });
});

describe("back-off", () => {
  it("stays between one second and the capped exponential, and never below what was asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        unit,
        fc.option(fc.integer({ min: 0, max: 21_600 }), { nil: undefined }),
        (attempts, random, asked) => {
          const seconds = retryDelaySeconds(attempts, asked, () => random);
          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(Math.max(1, asked ?? 0));
          expect(seconds).toBeLessThanOrEqual(Math.max(1800, asked ?? 0, 60));
          expect(seconds).toBeLessThanOrEqual(Math.max(60 * 2 ** (attempts - 1), asked ?? 0));
        },
      ),
    );
  });

  it("grows with the random part, over the whole range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), unit, unit, (attempts, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(retryDelaySeconds(attempts, undefined, () => low)).toBeLessThanOrEqual(
          retryDelaySeconds(attempts, undefined, () => high),
        );
      }),
    );
  });

  it("spreads eight attempts over about an hour", () => {
    const total = (random: number) =>
      Array.from({ length: MAX_ATTEMPTS - 1 }, (_, i) =>
        retryDelaySeconds(i + 1, undefined, () => random),
      ).reduce((a, b) => a + b, 0);
    expect(total(0.5)).toBe(2730);
    expect(total(0.999_999)).toBe(5460);
  });

  it("bounds an absurd Retry-After to six hours", () => {
    expect(retryDelaySeconds(1, 9_999_999, () => 0)).toBe(21_600);
  });

  it.each([
    ["7", 7],
    [" 120 ", 120],
    ["0", 0],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
    ["", undefined],
    ["soon", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["99999999999", undefined],
    ["2026", 2026],
    [undefined, undefined],
  ])("reads Retry-After %j as %j", (value, seconds) => {
    expect(parseRetryAfter(value, Date.parse("2026-03-01T12:00:00Z"))).toBe(seconds);
  });
});

describe("what an HTTP answer means", () => {
  const response = (status: number, headers: Record<string, string> = {}) =>
    ({ kind: "response", status, headers, body: "", latencyMs: 1 }) as const;

  it.each([
    [200, "sent"],
    [202, "sent"],
    [204, "sent"],
    [301, "failed"],
    [400, "failed"],
    [401, "failed"],
    [404, "failed"],
    [410, "failed"],
    [408, "retry"],
    [425, "retry"],
    [429, "retry"],
    [500, "retry"],
    [502, "retry"],
    [503, "retry"],
  ])("takes status %d as %s", (status, kind) => {
    expect(judgeHttpResult(response(status), 0).kind).toBe(kind);
  });

  it("passes on Retry-After, and fails for good where the address is refused", () => {
    expect(judgeHttpResult(response(429, { "retry-after": "7" }), 0)).toEqual({
      kind: "retry",
      reason: "status 429",
      afterSeconds: 7,
    });
    expect(judgeHttpResult({ kind: "refused", reason: "private" }, 0)).toEqual({
      kind: "failed",
      reason: "not called: private",
    });
    expect(judgeHttpResult({ kind: "timeout", latencyMs: 1 }, 0).kind).toBe("retry");
    expect(judgeHttpResult({ kind: "unreachable", reason: "x", latencyMs: 1 }, 0).kind).toBe(
      "retry",
    );
  });
});

describe("text", () => {
  it("is one bounded well-formed line, and stays so", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 300 }), (text, max) => {
        const line = oneLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
        expect(oneLine(line, max)).toBe(line);
      }),
    );
  });

  it("has no control character of HTML or Slack left, and loses nothing", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        const slack = escapeSlack(text);
        expect(slack).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
        expect(slack).not.toMatch(/@(?!\u2060)/);
        expect(
          slack
            .replaceAll("@\u2060", "@")
            .replaceAll("&lt;", "<")
            .replaceAll("&gt;", ">")
            .replaceAll("&amp;", "&"),
        ).toBe(text);
      }),
    );
  });
});

const incidentOf = (summary: string, evidence: Incident["evidence"] = {}): Incident => ({
  incidentId: "inc_1",
  dedupKey: "k",
  rule: "r",
  severity: "critical",
  summary,
  evidence,
  state: "open",
  openedAt: "2026-03-01T12:00:00.000Z",
  resolvedAt: null,
});

describe("messages", () => {
  it("hold no line that the content made, and no tag", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.dictionary(anyText, anyText, { maxKeys: 40 }),
        (summary, evidence) => {
          const message = renderMessage({
            idempotencyKey: "dlv_1",
            dedupKey: "k",
            event: "opened",
            incident: incidentOf(summary, evidence),
          });
          expect(message.title.length).toBeLessThanOrEqual(140);
          expect(message.title).not.toMatch(/[\r\n]/);
          expect(message.facts.length).toBeLessThanOrEqual(17);
          expect(plainText(message).split("\n")).toHaveLength(message.facts.length + 3);
          const tags = htmlText(message).match(/<[^>]*>/g) ?? [];
          const known =
            /^<(!doctype html|\/?(html|head|meta|title|body|p|table|tr|th|td)\b[^<]*)>$/;
          expect(tags.filter((tag) => !known.test(tag))).toEqual([]);
        },
      ),
    );
  });
});

describe("bounds", () => {
  it("keep a good key, and make a bad one printable, short and still its own", () => {
    expect(boundDedupKey("model_unhealthy:m")).toBe("model_unhealthy:m");
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 600 }),
        fc.string({ unit: "binary", maxLength: 600 }),
        (a, b) => {
          expect(boundDedupKey(a)).toMatch(/^[\x21-\x7e]{1,255}$/);
          expect(boundDedupKey(a) === boundDedupKey(b)).toBe(a === b);
          expect(boundDedupKey(boundDedupKey(a))).toBe(boundDedupKey(a));
        },
      ),
    );
  });

  it("make any report fit for JSON and PostgreSQL", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 3000 }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "binary" }), value, { maxKeys: 60 }),
        (evidence) => {
          const bounded = boundIncident({
            dedupKey: "k",
            rule: "r\u0000",
            severity: "info",
            summary: "s\u0000",
            evidence,
          });
          const text = JSON.stringify(bounded);
          expect(text).not.toContain("\\u0000");
          expect(text.length).toBeLessThan(80_000);
          expect(Object.keys(JSON.parse(text).evidence).length).toBeLessThanOrEqual(32);
        },
      ),
    );
  });

  it("keep a dead letter as it is up to 64 KiB of UTF-8, and cut between characters", () => {
    expect(boundDeadLetterBody("{not json")).toBe("{not json");
    expect(boundDeadLetterBody("a\0b\ud800c")).toBe("a\ufffdb\ufffdc");
    for (const unitText of ["x", "ü", "€", "🚒"]) {
      const bounded = boundDeadLetterBody(`a${unitText.repeat(70_000)}`);
      const bytes = Buffer.byteLength(bounded);
      expect(bytes).toBeLessThanOrEqual(65_536);
      expect(bytes).toBeGreaterThan(65_530);
      expect(bounded).not.toContain("\ufffd");
    }
  });
});

describe("webhook signatures", () => {
  const secret = "s3cret";
  const sent = {
    timestamp: "1772366400",
    body: '{"a":1}',
    signature: signWebhook(secret, "1772366400", '{"a":1}'),
  };
  const now = 1_772_366_400_000;

  it("are the HMAC-SHA-256 of the timestamp, a dot and the body", () => {
    expect(signWebhook("key", "0", "")).toBe(
      "v1=85841b4efc3cd7776c3c8f9b7cca9e281c550e5d19889d78e9e669c6337f000d",
    );
    expect(sent.signature).toMatch(/^v1=[0-9a-f]{64}$/);
    expect(verifyWebhook(secret, sent, now)).toBe("valid");
  });

  it("are invalid for another body, time, secret or form", () => {
    const tampered = [
      { ...sent, body: '{"a":2}' },
      { ...sent, timestamp: "1772366401" },
      { ...sent, signature: "" },
      { ...sent, signature: sent.signature.slice(3) },
      { ...sent, timestamp: "x" },
    ];
    for (const one of tampered) expect(verifyWebhook(secret, one, now)).toBe("invalid");
    expect(verifyWebhook("other", sent, now)).toBe("invalid");
  });

  it("expire after five minutes, so that a captured request cannot be replayed", () => {
    expect(verifyWebhook(secret, sent, now + 300_000)).toBe("valid");
    expect(verifyWebhook(secret, sent, now + 301_000)).toBe("expired");
    expect(verifyWebhook(secret, sent, now - 301_000)).toBe("expired");
  });
});
