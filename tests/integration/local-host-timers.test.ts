/** Timer functions under the local host: schedule, overlap, missed runs, state on disk. */
// covers: HOST-06
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestHost } from "../support/local-host.ts";
import { forgetSeen, seen, startTestHost, until } from "../support/local-host.ts";
import { createManualClock } from "../support/manual-clock.ts";

let stateDir: string;
let host: TestHost | undefined;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "timers-"));
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
  forgetSeen();
  await rm(stateDir, { recursive: true });
});

const timer = (options: string, body = "") => `
  globalThis.seenByApp ??= [];
  app.timer("tick", { ${options}, handler: async (info) => { globalThis.seenByApp.push(info); ${body} } });`;
const hourly = timer(`schedule: "0 0 * * * *"`);
const minute = 60_000;
const hour = 60 * minute;

interface Info {
  readonly isPastDue: boolean;
  readonly scheduleStatus: { readonly last: string; readonly next: string } | null;
}

const stored = async () => JSON.parse(await readFile(join(stateDir, "timers.json"), "utf8")).tick;

describe("the schedule", () => {
  it("fires each occurrence once and records it", async () => {
    const clock = createManualClock("2026-01-01T10:30:00Z");
    host = await startTestHost(hourly, { clock, stateDir });
    await clock.advance(30 * minute - 1);
    expect(seen()).toEqual([]);
    await clock.advance(1);
    expect(seen<Info>()).toMatchObject([
      {
        isPastDue: false,
        schedule: { adjustForDST: true },
        scheduleStatus: { last: "0001-01-01T00:00:00+00:00", next: "2026-01-01T11:00:00.000Z" },
      },
    ]);
    await until("the record", async () => (await stored()).last !== null);
    expect(await stored()).toEqual({
      last: "2026-01-01T11:00:00.000Z",
      next: "2026-01-01T12:00:00.000Z",
      lastUpdated: "2026-01-01T11:00:00.000Z",
    });
    await until("the next wait", () => clock.pending > 0);
    await clock.advance(hour);
    expect(seen<Info>().map((info) => info.scheduleStatus?.last)).toEqual([
      "0001-01-01T00:00:00+00:00",
      "2026-01-01T11:00:00.000Z",
    ]);
  });

  it("does not start a tick while the previous run goes on, and skips what it missed", async () => {
    const clock = createManualClock("2026-01-01T10:00:30Z");
    const source = timer(
      `schedule: "*/10 * * * * *"`,
      "await new Promise((resolve) => { globalThis.finishRun = resolve; });",
    );
    host = await startTestHost(source, { clock, stateDir, hostJson: { functionTimeout: "-1" } });
    await clock.advance(35_000);
    expect(seen()).toHaveLength(1);
    (globalThis as unknown as { finishRun(): void }).finishRun();
    await until("the next wait", () => clock.pending > 0);
    await clock.advance(4_999);
    expect(seen()).toHaveLength(1);
    await clock.advance(1);
    expect(seen()).toHaveLength(2);
    (globalThis as unknown as { finishRun(): void }).finishRun();
  });

  it("waits for an occurrence that is further away than setTimeout can hold", async () => {
    const clock = createManualClock("2026-01-01T00:00:00Z");
    host = await startTestHost(timer(`schedule: "0 0 0 1 6 *"`), { clock, stateDir });
    expect(Math.max(...clock.delays)).toBeLessThan(2 ** 31);
    await clock.advance(Date.parse("2026-06-01T00:00:00Z") - clock.now() - 1);
    expect(seen()).toHaveLength(0);
    await clock.advance(1);
    expect(seen()).toHaveLength(1);
  });

  it("goes on after a run that throws", async () => {
    const clock = createManualClock("2026-01-01T10:30:00Z");
    const source = timer(
      `schedule: "0 0 * * * *", useMonitor: false`,
      `throw new Error("tick broke");`,
    );
    host = await startTestHost(source, { clock, stateDir });
    await clock.advance(2 * hour);
    expect(seen<Info>().map((info) => info.scheduleStatus ?? null)).toEqual([null, null]);
    expect(host.lines.filter((line) => line.level === "error")).toHaveLength(2);
    await expect(host.invoke("tick")).rejects.toThrow("tick broke");
  });
});

describe("a start", () => {
  const startAt = async (iso: string, source = hourly) => {
    host = await startTestHost(source, { clock: createManualClock(iso), stateDir });
    return host;
  };

  it("runs what was missed while the host was stopped, once and marked past due", async () => {
    await (await startAt("2026-01-01T10:30:00Z")).stop();
    await startAt("2026-01-01T15:30:00Z");
    await until("the missed run", () => seen().length > 0);
    await until("the record", async () => (await stored()).last !== null);
    expect(seen<Info>().map((info) => info.isPastDue)).toEqual([true]);
    expect((await stored()).next).toBe("2026-01-01T16:00:00.000Z");
  });

  it("runs nothing when nothing was missed, or when the timer asks for no monitor", async () => {
    await (await startAt("2026-01-01T10:30:00Z")).stop();
    await (await startAt("2026-01-01T10:59:00Z")).stop();
    const unmonitored = timer(`schedule: "0 0 * * * *", useMonitor: false`);
    await (await startAt("2026-01-02T10:30:00Z", unmonitored)).stop();
    expect(seen()).toEqual([]);
  });

  it("runs a timer that asks for it, not past due", async () => {
    await startAt("2026-01-01T10:30:00Z", timer(`schedule: "0 0 * * * *", runOnStartup: true`));
    await until("the run", () => seen().length > 0);
    expect(seen<Info>().map((info) => info.isPastDue)).toEqual([false]);
  });

  it("survives a state file that is not readable, and says so", async () => {
    await writeFile(join(stateDir, "timers.json"), "{ half");
    const { lines } = await startAt("2026-01-01T10:30:00Z");
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "warning", category: "Host.Triggers.Timer" }),
    );
    expect((await stored()).next).toBe("2026-01-01T11:00:00.000Z");
  });
});
