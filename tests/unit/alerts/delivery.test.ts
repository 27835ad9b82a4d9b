/** The way of an alert from a condition to a person, on the memory store. */
// covers: ALERT-03, ALERT-04, ALERT-05, ALERT-06, ALERT-07, ALERT-09
import { describe, expect, it } from "vitest";
import { dispatchDelivery } from "../../../shared/alerts/dispatch-delivery.ts";
import { listIncidents } from "../../../shared/alerts/list-incidents.ts";
import { openIncident } from "../../../shared/alerts/open-incident.ts";
import { recordDeadLetter } from "../../../shared/alerts/record-dead-letter.ts";
import { resolveIncident } from "../../../shared/alerts/resolve-incident.ts";
import { sendTestAlert } from "../../../shared/alerts/send-test-alert.ts";
import { sweepStranded } from "../../../shared/alerts/sweep-stranded.ts";
import { alertBench, sampleIncident, scriptedChannel } from "../../support/alert-bench.ts";

const meta = { messageId: "m", dequeueCount: 1, attempt: 1 };

describe("opening and resolving", () => {
  it("tells every channel once, however many notice the condition", async () => {
    const bench = alertBench(["slack", "email"]);
    await Promise.all(
      Array.from({ length: 3 }, () => openIncident(bench.deps, sampleIncident, bench.ctx)),
    );
    await bench.drain([
      scriptedChannel("slack", bench.sent, bench.clock),
      scriptedChannel("email", bench.sent, bench.clock),
    ]);
    expect(bench.sent.map(({ channel }) => channel).sort()).toEqual(["email", "slack"]);
  });

  it("tells the opening before the end, even when both wait in the queue", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    await resolveIncident(bench.deps, sampleIncident.dedupKey, bench.ctx);
    bench.messages.reverse();
    const outcomes = [
      { kind: "retry", reason: "status 503" },
      { kind: "sent", detail: "ok" },
    ] as const;
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock, outcomes)]);
    expect(bench.sent.map(({ notification }) => notification.event)).toEqual([
      "opened",
      "opened",
      "resolved",
    ]);
    expect(new Set(bench.sent.map(({ notification }) => notification.dedupKey)).size).toBe(1);
  });

  it("loses nothing when the queue is down: the sweep sends it later", async () => {
    const bench = alertBench();
    bench.state.queueDown = true;
    expect(await openIncident(bench.deps, sampleIncident, bench.ctx)).not.toBeNull();
    expect(bench.lines.map(({ message }) => message)).toContain(
      "alert delivery not enqueued; the sweep will take it",
    );
    bench.clock.advance(60_000);
    bench.state.queueDown = false;
    expect(await sweepStranded(bench.deps, bench.ctx)).toBe(0);
    bench.clock.advance(61_000);
    expect(await sweepStranded(bench.deps, bench.ctx)).toBe(1);
    expect(await sweepStranded(bench.deps, bench.ctx)).toBe(0);
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)]);
    expect(bench.sent).toHaveLength(1);
  });

  it("does not sweep what is waiting for its turn", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    await resolveIncident(bench.deps, sampleIncident.dedupKey, bench.ctx);
    bench.clock.advance(1000);
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const held = bench.messages.at(-1);
    expect(held?.dueAt).toBe(bench.clock.now() - 1000 + 300_000);
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)]);
    expect(bench.sent).toHaveLength(3);
    bench.clock.advance(600_000);
    expect(await sweepStranded(bench.deps, bench.ctx)).toBe(0);
  });

  it("keeps the state durable: a restarted process neither pages twice nor loses the end", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)]);
    expect(await openIncident(bench.deps, sampleIncident, bench.ctx)).toBeNull();
    await resolveIncident(bench.deps, sampleIncident.dedupKey, bench.ctx);
    expect(await resolveIncident(bench.deps, sampleIncident.dedupKey, bench.ctx)).toBeNull();
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)]);
    expect(bench.sent.map(({ notification }) => notification.event)).toEqual([
      "opened",
      "resolved",
    ]);
  });
});

describe("dispatching", () => {
  it("waits at least as long as the receiver asked, and other channels do not wait with it", async () => {
    const bench = alertBench(["slack", "email"]);
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const start = bench.clock.now();
    const limited = [
      { kind: "retry", reason: "status 429", afterSeconds: 7 },
      { kind: "sent", detail: "ok" },
    ] as const;
    await bench.drain(
      [
        scriptedChannel("slack", bench.sent, bench.clock, limited),
        scriptedChannel("email", bench.sent, bench.clock),
      ],
      () => 0,
    );
    expect(bench.sent.map(({ at, channel }) => [channel, (at - start) / 1000])).toEqual([
      ["slack", 0],
      ["email", 0],
      ["slack", 7],
    ]);
  });

  it("uses the same idempotency key for every attempt", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const outcomes = [
      { kind: "retry", reason: "x" },
      { kind: "retry", reason: "x" },
      { kind: "sent", detail: "ok" },
    ] as const;
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock, outcomes)]);
    expect(bench.sent).toHaveLength(3);
    expect(new Set(bench.sent.map(({ notification }) => notification.idempotencyKey)).size).toBe(1);
  });

  it("gives up after eight attempts, keeps each, and raises an error", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const start = bench.clock.now();
    const outcomes = await bench.drain([
      scriptedChannel("slack", bench.sent, bench.clock, [{ kind: "retry", reason: "status 500" }]),
    ]);
    expect(outcomes).toEqual([...Array(7).fill("retry"), "dead"]);
    expect(bench.clock.now() - start).toBe(2_730_000);
    const [delivery] = await bench.deliveries();
    expect(delivery).toMatchObject({
      state: "dead",
      reason: "gave up after 8 attempts: status 500",
    });
    expect(delivery?.attempts).toHaveLength(8);
    expect(bench.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("does not try again what cannot help", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    expect(
      await bench.drain([
        scriptedChannel("slack", bench.sent, bench.clock, [
          { kind: "failed", reason: "status 400" },
        ]),
      ]),
    ).toEqual(["dead"]);
    expect(bench.sent).toHaveLength(1);
  });

  it("sends once when the same message is delivered five times at once, and not again later", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const message = { delivery_id: bench.messages[0]?.deliveryId ?? "" };
    const deps = {
      ...bench.deps,
      channels: [scriptedChannel("slack", bench.sent, bench.clock)],
      random: () => 0,
    };
    const dispatch = () => dispatchDelivery(deps, message, meta, bench.ctx);
    const outcomes = await Promise.all(Array.from({ length: 5 }, dispatch));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      "done",
      "retry",
      "retry",
      "retry",
      "retry",
    ]);
    expect(await dispatch()).toEqual({ kind: "done" });
    expect(bench.sent).toHaveLength(1);
  });

  it("sends again, under the same key, when the worker died between sending and recording", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const message = { delivery_id: bench.messages[0]?.deliveryId ?? "" };
    const channels = [scriptedChannel("slack", bench.sent, bench.clock)];
    const broken = {
      ...bench.incidents,
      recordAttempt: () => Promise.reject(new Error("connection lost")),
    };
    const run = (incidents: typeof broken | typeof bench.incidents) =>
      dispatchDelivery(
        { incidents, channels, clock: bench.clock, random: () => 0 },
        message,
        meta,
        bench.ctx,
      );
    await expect(run(broken)).rejects.toThrow("connection lost");
    expect(await run(bench.incidents)).toEqual({ kind: "retry", afterSeconds: 60 });
    bench.clock.advance(60_000);
    expect(await run(bench.incidents)).toEqual({ kind: "done" });
    expect(bench.sent.map(({ notification }) => notification.idempotencyKey)).toEqual([
      message.delivery_id,
      message.delivery_id,
    ]);
  });

  it("treats a channel that throws as one that may pass, and one that is not configured as one that will not", async () => {
    const bench = alertBench(["slack", "teams"]);
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    await bench.drain([
      scriptedChannel("slack", bench.sent, bench.clock, [
        new Error("boom"),
        { kind: "sent", detail: "ok" },
      ]),
    ]);
    expect(
      (await bench.deliveries()).map(({ channel, state, reason }) => ({ channel, state, reason })),
    ).toEqual([
      { channel: "slack", state: "sent", reason: null },
      { channel: "teams", state: "dead", reason: "the channel is not configured" },
    ]);
  });

  it("gives up a message that names no delivery", async () => {
    const bench = alertBench();
    const outcome = await dispatchDelivery(
      { ...bench.deps, channels: [], random: () => 0 },
      { delivery_id: "dlv_none" },
      meta,
      bench.ctx,
    );
    expect(outcome).toEqual({ kind: "dead", reason: "no such delivery" });
  });
});

describe("dead letters", () => {
  const letter = { queue: "alert-dispatch", messageId: "m1", reason: "failed 5 times" };

  it("close the delivery that they name, once", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const body = JSON.stringify({ delivery_id: bench.messages[0]?.deliveryId });
    await recordDeadLetter(bench.deps, { ...letter, body }, bench.ctx);
    await recordDeadLetter(bench.deps, { ...letter, body, reason: "again" }, bench.ctx);
    expect(await bench.deliveries()).toMatchObject([{ state: "dead", reason: "failed 5 times" }]);
    expect(await bench.incidents.deadLetters(10)).toHaveLength(1);
    expect(await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)])).toEqual([
      "done",
    ]);
    expect(bench.sent).toEqual([]);
  });

  it("do not take back what was sent", async () => {
    const bench = alertBench();
    await openIncident(bench.deps, sampleIncident, bench.ctx);
    const body = JSON.stringify({ delivery_id: bench.messages[0]?.deliveryId });
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)]);
    await recordDeadLetter(bench.deps, { ...letter, body }, bench.ctx);
    expect(await bench.deliveries()).toMatchObject([{ state: "sent" }]);
  });

  it.each([
    "{not json",
    "",
    "null",
    "[]",
    "7",
    '{"delivery_id":7}',
    '{"delivery_id":"dlv_none"}',
    '{"delivery_id":"x\' or 1=1"}',
    '{"other":1}',
  ])("keep the body %j as it is", async (body) => {
    const bench = alertBench();
    await recordDeadLetter(bench.deps, { ...letter, body }, bench.ctx);
    expect(await bench.incidents.deadLetters(10)).toMatchObject([
      { body, reason: "failed 5 times" },
    ]);
  });
});

describe("the test alert", () => {
  it("takes the real path over the chosen channels: opening, then end", async () => {
    const bench = alertBench(["slack", "email"]);
    const made = await sendTestAlert(bench.deps, { channels: ["email"] }, bench.ctx);
    expect(made.incident).toMatchObject({ rule: "test", state: "resolved" });
    expect(made.deliveries.map(({ event, channel }) => `${channel} ${event}`)).toEqual([
      "email opened",
      "email resolved",
    ]);
    await bench.drain([
      scriptedChannel("email", bench.sent, bench.clock),
      scriptedChannel("slack", bench.sent, bench.clock),
    ]);
    expect(
      bench.sent.map(({ channel, notification }) => `${channel} ${notification.event}`),
    ).toEqual(["email opened", "email resolved"]);
  });

  it("can be repeated at once", async () => {
    const bench = alertBench();
    for (let i = 0; i < 3; i++) await sendTestAlert(bench.deps, {}, bench.ctx);
    await bench.drain([scriptedChannel("slack", bench.sent, bench.clock)]);
    expect(bench.sent).toHaveLength(6);
  });

  it("names the channels that are not configured", async () => {
    const bench = alertBench();
    await expect(
      sendTestAlert(bench.deps, { channels: ["teams"] }, bench.ctx),
    ).rejects.toMatchObject({ code: "request_invalid", fields: [{ pointer: "/channels" }] });
    await expect(
      sendTestAlert({ ...bench.deps, channelNames: [] }, {}, bench.ctx),
    ).rejects.toMatchObject({ code: "request_invalid" });
  });
});

describe("the list of incidents", () => {
  it("goes page by page through all, and refuses a foreign cursor", async () => {
    const bench = alertBench();
    for (let i = 0; i < 5; i++) {
      bench.clock.advance(1);
      await openIncident(bench.deps, { ...sampleIncident, dedupKey: `k${i}` }, bench.ctx);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listIncidents(bench.deps, { limit: 2, cursor }, bench.ctx);
      seen.push(...page.items.map(({ incident }) => incident.dedupKey));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(["k4", "k3", "k2", "k1", "k0"]);
    await expect(
      listIncidents(bench.deps, { limit: 2, cursor: "x" }, bench.ctx),
    ).rejects.toMatchObject({ code: "request_invalid" });
  });
});
