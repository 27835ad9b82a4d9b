/** Which proposal comes first, and that verified examples count only where one of them does. */
// covers: ASK-33
import { describe, expect, it } from "vitest";
import { loadNetwork } from "../../shared/adapters/question-network/load-network.ts";
import { evidenceOf } from "../../shared/ask/network/evidence.ts";
import type { Proposal } from "../../shared/ask/network/question-network.ts";
import { rank } from "../../shared/ask/network/rank.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const { network, fitted } = await loadNetwork();
const reading = network.read("names of all customers", shopSchema, askedAt(shopNow));
const own = network.propose(reading);

/** What examples say that no program does, so like the question. */
const taught = (sql: string, example: number): Proposal => ({
  statement: {
    ...{ sql, params: [], restatement: sql },
    uses: {
      ...{ tables: new Set<number>(), columns: new Set<number>(), values: [], compared: [] },
      ...{ queries: 1, conditions: 0, selected: 1 },
    },
  },
  score: Number.NEGATIVE_INFINITY,
  found: false,
  suggested: { rules: 0, example },
});
const ranked = (more: readonly Proposal[]) => rank(fitted, reading, [...own, ...more]);

describe("ranking", () => {
  it("puts an example first that is much like a question the network has no good program for", () => {
    const unlikely = own.map((one) => ({ ...one, score: -20 }));
    const [first] = rank(fitted, reading, [...unlikely, taught("select 1", 0.95)]);
    expect(first?.statement?.sql).toBe("select 1");
  });

  it("is as if there were no examples where none of them wins", () => {
    expect(ranked([taught("select 1", 0.55)])).toEqual(ranked([]));
  });

  it("weighs an example that is less like it where the network says the same by itself", () => {
    const withExample = (example: number, found: boolean) =>
      own.map((one, at) => (at === 1 ? { ...one, found, suggested: { rules: 0, example } } : one));
    const order = (example: number, found = true) =>
      rank(fitted, reading, withExample(example, found)).map(({ confidence }) => confidence);
    const without = order(0);
    expect(order(0.5)).not.toEqual(without);
    expect(order(0.3)).toEqual(without);
    // What the network would not say by itself is left out with the example that is too unlike.
    expect(order(0.5, false)).toHaveLength(without.length - 1);
  });

  it.each([0.05, 0.2, 0.49])("takes no notice of an example that is no liker than %f", (worth) => {
    const near = taught("select 1", 0.95);
    expect(ranked([near, taught("select 2", worth)])).toEqual(ranked([near]));
    expect(ranked([taught("select 2", worth)])).toEqual(ranked([]));
  });

  it("weighs only numbers, whatever is proposed", () => {
    const all = [...own, taught("select 1", 0.9)];
    expect(evidenceOf(reading, all).flat().every(Number.isFinite)).toBe(true);
    expect(
      evidenceOf(reading, [taught("select 1", 0.9)])
        .flat()
        .every(Number.isFinite),
    ).toBe(true);
  });
});
