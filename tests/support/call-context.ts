/** A call context for tests, with a clock that moves by hand and a log that can be read. */
import type { CallContext } from "../../shared/kernel/context.ts";
import { systemPrincipal } from "../../shared/kernel/context.ts";
import type { LogFields } from "../../shared/kernel/logger.ts";

export interface LoggedLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

export interface ManualClock {
  now(): number;
  advance(ms: number): void;
}

export function manualClock(startMs = Date.parse("2026-03-01T12:00:00Z")): ManualClock {
  let now = startMs;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

export function testContext(
  signal: AbortSignal = new AbortController().signal,
  now = Date.parse("2026-03-01T12:00:00Z"),
) {
  const lines: LoggedLine[] = [];
  const at =
    (level: LoggedLine["level"]) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  const log = { info: at("info"), warn: at("warn"), error: at("error") };
  const ctx: CallContext = {
    requestId: "req_test",
    traceparent: null,
    principal: systemPrincipal("test"),
    log,
    signal,
    now,
  };
  return { ctx, lines };
}
