/** The life of a job: a table that is total, and ends. */
// covers: JOB-02
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isActive,
  type JobEvent,
  type JobState,
  nextJobState,
} from "../../../shared/jobs/job-state.ts";
import { createRunSlots } from "../../../shared/jobs/run-slots.ts";

const states: JobState[] = ["queued", "running", "succeeded", "failed", "cancelled", "expired"];
const events: JobEvent[] = ["claimed", "released", "succeeded", "failed", "cancelled", "expired"];

describe("the state table", () => {
  it("knows every event in every state", () => {
    for (const state of states)
      for (const event of events) expect(nextJobState(state, event)).not.toBeUndefined();
  });

  it("never brings a job back that is over, and expires nothing that is not", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (happened) => {
        let state: JobState = "queued";
        let over = false;
        for (const event of happened) {
          const next = nextJobState(state, event);
          if (over && next !== null) expect(next).toBe("expired");
          if (next === "expired") expect(isActive(state)).toBe(false);
          state = next ?? state;
          over ||= !isActive(state);
        }
      }),
    );
  });

  it("lets a job succeed only while it runs", () => {
    const able = states.filter((state) => nextJobState(state, "succeeded") !== null);
    expect(able).toEqual(["running"]);
  });
});

describe("run slots", () => {
  it("are given out up to their number, and back once each", () => {
    const slots = createRunSlots(2);
    const first = slots.take();
    const second = slots.take();
    expect(slots.take()).toBeNull();
    first?.();
    first?.();
    expect(slots.take()).not.toBeNull();
    expect(slots.take()).toBeNull();
    expect(second).not.toBeNull();
  });
});
