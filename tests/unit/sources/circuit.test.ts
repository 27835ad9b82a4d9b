/** The circuit before a source: opens after failures in a row, asks before it lets anybody through, closes by evidence. */
// covers: SRC-13
import { describe, expect, it } from "vitest";
import { AppError } from "../../../shared/kernel/app-error.ts";
import { createCircuit } from "../../../shared/sources/circuit.ts";
import { manualClock } from "../../support/call-context.ts";

function bench() {
  const clock = manualClock();
  const source = { alive: true, probes: 0, calls: 0 };
  const circuit = createCircuit({
    sourceId: "warehouse",
    clock,
    probe: async () => {
      source.probes++;
      return { ok: source.alive, latencyMs: 1, evidence: "" };
    },
  });
  const call = () =>
    circuit.run(async () => {
      source.calls++;
      if (!source.alive) throw new AppError("source_unavailable", "away");
      return "rows";
    });
  const fail = async (times: number) => {
    source.alive = false;
    for (let i = 0; i < times; i++) await expect(call()).rejects.toThrow("away");
  };
  return { clock, source, circuit, call, fail };
}

describe("a circuit", () => {
  it("stays closed while failures are not in a row", async () => {
    const { source, circuit, call, fail } = bench();
    for (let i = 0; i < 5; i++) {
      await fail(2);
      source.alive = true;
      expect(await call()).toBe("rows");
    }
    expect(circuit.state()).toBe("closed");
  });

  it("opens with the third failure in a row: callers are told at once, with the source's name and when to come back", async () => {
    const { source, circuit, call, fail } = bench();
    await fail(3);
    expect(circuit.state()).toBe("open");
    await expect(call()).rejects.toMatchObject({
      code: "source_unavailable",
      status: 503,
      retryAfterSeconds: 5,
      detail: expect.stringContaining("warehouse"),
    });
    expect([source.calls, source.probes]).toEqual([3, 0]);
  });

  it("lets one caller ask when the pause is over, and closes when the source answers", async () => {
    const { clock, source, circuit, call, fail } = bench();
    await fail(3);
    clock.advance(5_000);
    source.alive = true;
    const answers = await Promise.allSettled([call(), call(), call()]);
    expect(source.probes).toBe(1);
    expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(circuit.state()).toBe("closed");
    expect(await call()).toBe("rows");
  });

  it("pauses twice as long after each probe that was not answered, up to a minute, and starts small again", async () => {
    const { clock, source, call, fail } = bench();
    await fail(3);
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const told = await call().catch((error: AppError) => error.retryAfterSeconds ?? 0);
      pauses.push(Number(told));
      clock.advance(Number(told) * 1_000);
      await expect(call()).rejects.toMatchObject({ code: "source_unavailable" });
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
    expect(source.calls).toBe(3);
    clock.advance(60_000);
    source.alive = true;
    expect(await call()).toBe("rows");
    await fail(3);
    await expect(call()).rejects.toMatchObject({ retryAfterSeconds: 5 });
  });

  it("counts a refused statement as an answer, and a full queue or a caller who left as nothing", async () => {
    const { circuit, fail } = bench();
    const end = (code: "query_failed" | "overloaded" | "client_closed" | "query_timeout") =>
      circuit.run(() => Promise.reject(new AppError(code, code))).catch(() => undefined);
    await fail(2);
    await end("query_failed");
    await fail(2);
    for (const code of ["overloaded", "client_closed", "query_timeout"] as const) await end(code);
    expect(circuit.state()).toBe("closed");
    await fail(1);
    expect(circuit.state()).toBe("open");
  });

  it("closes when a check from outside was answered", async () => {
    const { circuit, source, call, fail } = bench();
    await fail(3);
    source.alive = true;
    circuit.note("answered");
    expect(await call()).toBe("rows");
  });
});
