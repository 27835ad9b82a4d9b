/** What every IncidentStore promises: run on the memory fake and on every database that implements it. */
// covers: ALERT-05, ALERT-06, ALERT-08, ALERT-09
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  AttemptRecord,
  IncidentStore,
  NewIncident,
  NoticeIntervals,
} from "../../shared/alerts/ports.ts";

export interface OpenedStore {
  readonly store: IncidentStore;
  close(): Promise<void>;
}

const T0 = Date.parse("2026-03-01T12:00:00.000Z");
const LEASE = 60_000;
const intervals: NoticeIntervals = { groupMs: 300_000, repeatMs: 14_400_000 };

let serial = 0;
const fresh = (part: Partial<NewIncident> = {}): NewIncident => ({
  dedupKey: `key-${++serial}`,
  rule: "error_rate",
  severity: "error",
  summary: "too many errors",
  evidence: { rate: 0.25, source: "demo", fast: true, nothing: null },
  ...part,
});

const record = (
  claim: number,
  event: AttemptRecord["event"],
  part: Partial<AttemptRecord> = {},
): AttemptRecord => ({
  claim,
  event,
  attempt: { at: new Date(T0).toISOString(), outcome: event },
  reason: null,
  dueAt: T0,
  ...part,
});

async function openOne(
  store: IncidentStore,
  channels: readonly ("slack" | "email" | "console")[] = ["slack"],
  now = T0,
) {
  const input = fresh();
  const opened = await store.open(input, channels, now, intervals);
  const first = opened?.deliveries[0];
  if (opened === null || first === undefined) throw new Error("nothing was opened");
  return { ...opened, key: input.dedupKey, id: first.deliveryId };
}

export function describeIncidentStore(name: string, start: () => Promise<OpenedStore>): void {
  describe(`IncidentStore on ${name}`, () => {
    let opened: OpenedStore;
    const get = () => opened.store;
    beforeAll(async () => {
      opened = await start();
    }, 60_000);
    afterAll(() => opened.close());

    describeOpening(get);
    describeResolving(get);
    describeClaims(get);
    describeOutbox(get);
    describeDeadLetters(get);
  });
}

function describeOpening(get: () => IncidentStore): void {
  it("opens an incident with one pending delivery per channel", async () => {
    const input = fresh();
    const opened = await get().open(input, ["slack", "email"], T0, intervals);
    expect(opened?.incident).toEqual({
      ...input,
      incidentId: expect.stringMatching(/^inc_/),
      state: "open",
      openedAt: new Date(T0).toISOString(),
      resolvedAt: null,
    });
    expect(
      opened?.deliveries.map(({ channel, event, state, attempts, dueAt }) => ({
        channel,
        event,
        state,
        attempts,
        dueAt,
      })),
    ).toEqual(
      ["slack", "email"].map((channel) => ({
        channel,
        event: "opened",
        state: "pending",
        attempts: [],
        dueAt: new Date(T0).toISOString(),
      })),
    );
  });

  it("opens nothing while the same condition is open", async () => {
    const { key } = await openOne(get());
    expect(await get().open(fresh({ dedupKey: key }), ["slack"], T0 + 1000, intervals)).toBeNull();
  });

  it("makes exactly one incident of 20 openings at once", async () => {
    const input = fresh();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => get().open(input, ["slack"], T0, intervals)),
    );
    expect(results.filter((one) => one !== null)).toHaveLength(1);
    const listed = await get().list({ limit: 1000 });
    expect(listed.filter(({ incident }) => incident.dedupKey === input.dedupKey)).toHaveLength(1);
  });

  it("tells a condition that is still open again only after the repeat interval, once", async () => {
    const { key, incident } = await openOne(get());
    const again = (now: number) => get().open(fresh({ dedupKey: key }), ["slack"], now, intervals);
    expect(await again(T0 + intervals.repeatMs - 1)).toBeNull();
    const results = await Promise.all(
      Array.from({ length: 5 }, () => again(T0 + intervals.repeatMs)),
    );
    const told = results.filter((one) => one !== null);
    expect(told).toHaveLength(1);
    expect(told[0]?.incident.incidentId).toBe(incident.incidentId);
    expect(told[0]?.deliveries).toMatchObject([{ event: "opened", state: "pending" }]);
    expect(await again(T0 + intervals.repeatMs + 1)).toBeNull();
  });

  it("begins a new incident after the old one was resolved, and holds its notice back for the group interval", async () => {
    const { key, incident } = await openOne(get());
    await get().resolve(key, T0 + 1000);
    const second = await get().open(fresh({ dedupKey: key }), ["slack"], T0 + 2000, intervals);
    expect(second?.incident.incidentId).not.toBe(incident.incidentId);
    expect(second?.deliveries[0]?.dueAt).toBe(new Date(T0 + intervals.groupMs).toISOString());
    await get().resolve(key, T0 + 3000);
    const late = await get().open(
      fresh({ dedupKey: key }),
      ["slack"],
      T0 + intervals.groupMs * 2,
      intervals,
    );
    expect(late?.deliveries[0]?.dueAt).toBe(new Date(T0 + intervals.groupMs * 2).toISOString());
  });

  it("keeps text with quotes, line breaks and emoji as it is", async () => {
    const input = fresh({ summary: `it's "so"\\ -- \n 🚒 ü`, evidence: { "a'b": `"x"\\n🚒` } });
    const opened = await get().open(input, ["slack"], T0, intervals);
    const listed = await get().list({ limit: 1000 });
    expect(
      listed.find((one) => one.incident.incidentId === opened?.incident.incidentId)?.incident,
    ).toMatchObject(input);
  });
}

function describeResolving(get: () => IncidentStore): void {
  it("resolves once, and tells the channels of the opening", async () => {
    const { key, id } = await openOne(get(), ["slack", "email"]);
    await get().claim(id, T0, LEASE);
    await get().recordAttempt(id, record(1, "sent"));
    const results = await Promise.all(
      Array.from({ length: 10 }, () => get().resolve(key, T0 + 5000)),
    );
    const resolved = results.filter((one) => one !== null);
    expect(resolved).toHaveLength(1);
    expect(resolved[0]?.incident).toMatchObject({
      state: "resolved",
      resolvedAt: new Date(T0 + 5000).toISOString(),
    });
    expect(
      resolved[0]?.deliveries.map(({ channel, event }) => `${channel} ${event}`).sort(),
    ).toEqual(["email resolved", "slack resolved"]);
  });

  it("resolves nothing where nothing is open", async () => {
    expect(await get().resolve("no such key", T0)).toBeNull();
  });

  it("gives at most one opening and one end per group interval to a condition that flaps 20 times in a minute", async () => {
    const input = fresh();
    const notices: { event: string; dueAt: number }[] = [];
    for (let flap = 0; flap < 20; flap++) {
      const openedAt = T0 + flap * 3000;
      const opened = await get().open(input, ["slack"], openedAt, intervals);
      for (const one of opened?.deliveries ?? []) {
        if (Date.parse(one.dueAt) > openedAt) continue;
        await get().claim(one.deliveryId, openedAt, LEASE);
        await get().recordAttempt(one.deliveryId, record(1, "sent"));
      }
      await get().resolve(input.dedupKey, openedAt + 1500);
    }
    const all = (await get().list({ limit: 1000 })).filter(
      ({ incident }) => incident.dedupKey === input.dedupKey,
    );
    expect(all).toHaveLength(20);
    for (const { deliveries } of all) {
      for (const one of deliveries)
        if (one.state !== "suppressed")
          notices.push({ event: one.event, dueAt: Date.parse(one.dueAt) });
    }
    expect(notices.map(({ event }) => event).sort()).toEqual(["opened", "resolved"]);
    const final = await get().open(input, ["slack"], T0 + 61_000, intervals);
    expect(final?.deliveries[0]?.dueAt).toBe(new Date(T0 + intervals.groupMs).toISOString());
  });
}

function describeClaims(get: () => IncidentStore): void {
  it("gives the right to send to one of 20 workers", async () => {
    const { id } = await openOne(get());
    const claims = await Promise.all(Array.from({ length: 20 }, () => get().claim(id, T0, LEASE)));
    expect(claims.filter((one) => one.kind === "claimed")).toHaveLength(1);
    expect(claims.filter((one) => one.kind === "wait")).toHaveLength(19);
    expect(claims.find((one) => one.kind === "wait")).toEqual({ kind: "wait", afterSeconds: 60 });
  });

  it("gives it to another when the lease has run out, and then drops what the first one says", async () => {
    const { id } = await openOne(get());
    expect(await get().claim(id, T0, LEASE)).toMatchObject({ kind: "claimed", claim: 1 });
    expect(await get().claim(id, T0 + LEASE, LEASE)).toMatchObject({ kind: "claimed", claim: 2 });
    expect(await get().recordAttempt(id, record(1, "failed", { reason: "late" }))).toBe(false);
    expect(await get().claim(id, T0 + LEASE + 1, LEASE)).toMatchObject({ kind: "wait" });
    expect(await get().recordAttempt(id, record(1, "sent"))).toBe(true);
    expect(await get().recordAttempt(id, record(2, "failed", { reason: "too late" }))).toBe(false);
    expect(await get().claim(id, T0 + 2 * LEASE, LEASE)).toEqual({
      kind: "finished",
      state: "sent",
    });
  });

  it("makes a failed attempt wait until it is due", async () => {
    const { id } = await openOne(get());
    await get().claim(id, T0, LEASE);
    await get().recordAttempt(id, record(1, "retried", { dueAt: T0 + 90_000 }));
    expect(await get().claim(id, T0 + 30_000, LEASE)).toEqual({ kind: "wait", afterSeconds: 60 });
    const due = await get().claim(id, T0 + 90_000, LEASE);
    expect(due).toMatchObject({
      kind: "claimed",
      claim: 2,
      delivery: { attempts: [{ outcome: "retried" }] },
    });
  });

  it("keeps an end waiting while its opening on the same channel is pending", async () => {
    const { key, id } = await openOne(get(), ["slack"]);
    const ending = (await get().resolve(key, T0 + 1000))?.deliveries[0]?.deliveryId ?? "";
    await get().claim(id, T0 + 1000, LEASE);
    expect((await get().claim(ending, T0 + 1000, LEASE)).kind).toBe("wait");
    await get().recordAttempt(id, record(1, "retried", { dueAt: T0 + 600_000 }));
    expect(await get().claim(ending, T0 + 10_000, LEASE)).toEqual({
      kind: "wait",
      afterSeconds: 595,
    });
    expect((await get().stranded(T0 + 500_000, 1000)).map((one) => one.deliveryId)).not.toContain(
      ending,
    );
    await get().claim(id, T0 + 600_000, LEASE);
    await get().recordAttempt(id, record(2, "failed", { reason: "gone" }));
    expect(await get().claim(ending, T0 + 605_000, LEASE)).toMatchObject({
      kind: "claimed",
      incident: { state: "resolved" },
    });
  });

  it("keeps every attempt, and a final state whatever comes later", async () => {
    const { id } = await openOne(get());
    await get().claim(id, T0, LEASE);
    await get().recordAttempt(id, record(1, "retried"));
    await get().claim(id, T0, LEASE);
    await get().recordAttempt(id, record(2, "failed", { reason: "status 404" }));
    expect(await get().kill(id, "poison", T0)).toBe(false);
    expect(await get().recordAttempt(id, record(2, "sent"))).toBe(false);
    const stored = (await get().list({ limit: 1000 }))
      .flatMap((one) => one.deliveries)
      .find((one) => one.deliveryId === id);
    expect(stored).toMatchObject({
      state: "dead",
      reason: "status 404",
      attempts: [{ outcome: "retried" }, { outcome: "failed" }],
    });
  });

  it("knows no delivery that was not made", async () => {
    expect(await get().claim("dlv_none", T0, LEASE)).toEqual({ kind: "missing" });
    expect(await get().recordAttempt("dlv_none", record(1, "sent"))).toBe(false);
    expect(await get().kill("dlv_none", "x", T0)).toBe(false);
  });
}

function describeOutbox(get: () => IncidentStore): void {
  it("finds what was never enqueued, until it is marked", async () => {
    const { id } = await openOne(get());
    const ids = async (before: number) =>
      (await get().stranded(before, 1000)).map((one) => one.deliveryId);
    expect(await ids(T0)).not.toContain(id);
    expect(await ids(T0 + 1)).toContain(id);
    await get().markEnqueued([id], T0 + 10_000);
    expect(await ids(T0 + 10_000)).not.toContain(id);
    expect(await ids(T0 + 10_001)).toContain(id);
    expect(await get().kill(id, "poison", T0)).toBe(true);
    expect(await ids(T0 + 20_000)).not.toContain(id);
    await get().markEnqueued([], T0);
  });

  it("gives the oldest stranded first, no more than asked for", async () => {
    const late = await openOne(get(), ["slack"], T0 - 5000);
    const early = await openOne(get(), ["slack"], T0 - 9000);
    expect((await get().stranded(T0 - 4000, 2)).map((one) => one.deliveryId)).toEqual([
      early.id,
      late.id,
    ]);
    expect(await get().stranded(T0 - 4000, 1)).toHaveLength(1);
  });

  it("lists newest first, page by page, by state", async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++)
      made.push((await openOne(get(), ["slack"], T0 + 10_000_000 + i)).incident.incidentId);
    const newest = made.toReversed();
    const first = await get().list({ limit: 2, state: "open" });
    expect(first.map((one) => one.incident.incidentId)).toEqual(newest.slice(0, 2));
    expect(first[0]?.deliveries).toHaveLength(1);
    const second = await get().list({ limit: 3, before: newest[1] });
    expect(second.map((one) => one.incident.incidentId)).toEqual(newest.slice(2));
    expect(
      (await get().list({ limit: 1000, state: "resolved" })).every(
        (one) => one.incident.state === "resolved",
      ),
    ).toBe(true);
  });
}

function describeDeadLetters(get: () => IncidentStore): void {
  it("keeps a letter once, however often it comes", async () => {
    const letter = {
      queue: "alerts",
      messageId: "m1",
      body: '{"not json',
      reason: "bad",
      at: new Date(T0).toISOString(),
    };
    await Promise.all(Array.from({ length: 5 }, () => get().recordDeadLetter(letter)));
    await get().recordDeadLetter({ ...letter, queue: "jobs", at: new Date(T0 + 1).toISOString() });
    const letters = await get().deadLetters(10);
    expect(letters.filter((one) => one.messageId === "m1").map((one) => one.queue)).toEqual([
      "jobs",
      "alerts",
    ]);
    expect(letters.find((one) => one.queue === "alerts")).toEqual(letter);
  });
}
