/** Reading the ledger: where labels are, where they were, and where a rollback goes. */
// covers: REG-06, REG-07, REG-09
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModelConfig } from "../../../shared/contract/models.ts";
import {
  latestVersion,
  readLabels,
  rollbackTarget,
} from "../../../shared/registry/label-ledger.ts";
import { parseModelRef } from "../../../shared/registry/model-ref.ts";
import type { LedgerEvent } from "../../../shared/registry/ports.ts";
import { configDigest } from "../../../shared/registry/register-model.ts";

const moved = (label: string, version: number, at = 0): LedgerEvent => ({
  event: "label-moved",
  at,
  by: "alice",
  version,
  label,
  previousVersion: null,
  reason: "why",
});
const registered = (version: number): LedgerEvent => ({
  ...moved("", version),
  event: "version-registered",
  label: null,
});
const path = (...versions: number[]) => versions.map((version) => moved("production", version));
const roll = (events: readonly LedgerEvent[]) => rollbackTarget(events, "production");

const versions = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 });

describe("a label", () => {
  it("is where its last move put it, whatever happened to others between", () => {
    const labels = readLabels([
      moved("a", 1, 10),
      moved("b", 9, 11),
      registered(2),
      moved("a", 2, 12),
    ]);
    expect([...labels.values()].map((one) => [one.label, one.version, one.movedAt])).toEqual([
      ["a", 2, 12],
      ["b", 9, 11],
    ]);
  });

  it("is never the newest version by itself: the newest is the last that was registered", () => {
    expect(latestVersion([registered(1), registered(2), moved("a", 1)])).toBe(2);
    expect(latestVersion([moved("a", 1)])).toBeNull();
  });
});

describe("a rollback", () => {
  it("goes to where the label was before, and twice goes on back", () => {
    expect(roll(path(1, 2, 3))).toBe(2);
    expect(roll(path(1, 2, 3, 2))).toBe(1);
    expect(roll(path(1, 2, 3, 2, 1))).toBeNull();
    expect(roll(path(1))).toBeNull();
    expect(roll([])).toBeNull();
  });

  it("of moves to new versions only, n times, is back where the label was n moves ago", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1 }), { minLength: 1, maxLength: 15 }),
        (order) => {
          const events = path(...order);
          for (let back = order.length - 2; back >= 0; back--) {
            const target = roll(events);
            expect(target).toBe(order[back]);
            events.push(moved("production", target as number));
          }
          expect(roll(events)).toBeNull();
        },
      ),
    );
  });

  it("never goes to the version that the label is at, nor to one it never was at", () => {
    fc.assert(
      fc.property(versions, (order) => {
        const target = roll(path(...order));
        expect(target).not.toBe(order.at(-1));
        if (target !== null) expect(order).toContain(target);
      }),
    );
  });

  it("is not changed by other labels, registrations or retiring", () => {
    fc.assert(
      fc.property(versions, fc.array(versions, { maxLength: 3 }), (order, others) => {
        const noise = others.flatMap((one) =>
          one.flatMap((v) => [moved("other", v), registered(v)]),
        );
        const mixed = path(...order).flatMap((event, i) => [...noise.slice(i, i + 2), event]);
        expect(roll(mixed)).toBe(roll(path(...order)));
      }),
    );
  });

  it("repeated comes to an end", () => {
    fc.assert(
      fc.property(versions, (order) => {
        const events = path(...order);
        let steps = 0;
        for (let target = roll(events); target !== null; target = roll(events)) {
          events.push(moved("production", target));
          expect(++steps).toBeLessThan(order.length);
        }
      }),
    );
  });
});

describe("a model's name", () => {
  it.each([
    ["fraud", { modelId: "fraud", at: null }],
    ["fraud@3", { modelId: "fraud", at: { version: 3 } }],
    ["fraud@production", { modelId: "fraud", at: { label: "production" } }],
    ["fraud@3a", { modelId: "fraud", at: { label: "3a" } }],
    ["v1.2@v1", { modelId: "v1.2", at: { label: "v1" } }],
  ])("%s means what it says", (text, expected) => {
    expect(parseModelRef(text)).toEqual(expected);
  });
});

describe("a configuration's digest", () => {
  const shuffle = (value: unknown, random: () => number): unknown => {
    if (Array.isArray(value)) return value.map((item) => shuffle(item, random));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, member]) => [key, shuffle(member, random)]);
    return Object.fromEntries(entries.sort(() => random() - 0.5));
  };

  it("does not depend on the order of keys, at any depth", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (value, stream) => {
          const config = { model_id: "m", backend: "local", additional_params: { value } } as const;
          const one = ModelConfig.safeParse(config);
          const two = ModelConfig.safeParse(shuffle(config, () => stream.next().value as number));
          expect(two.success).toBe(one.success);
          if (one.success && two.success)
            expect(configDigest(two.data)).toBe(configDigest(one.data));
        },
      ),
    );
  });

  it("is the same whether a default is spelled out or left out, and another for another value", () => {
    const digest = (part: object) =>
      configDigest(ModelConfig.parse({ model_id: "m", backend: "local", ...part }));
    expect(digest({ timeout: 30, data_sources: [], artifacts: [], additional_params: {} })).toBe(
      digest({}),
    );
    expect(digest({ timeout: 31 })).not.toBe(digest({}));
    expect(digest({ temperature: 0 })).not.toBe(digest({}));
    expect(digest({ additional_params: { a: null } })).not.toBe(digest({}));
    expect(digest({})).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
