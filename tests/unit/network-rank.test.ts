/** Which proposal comes first, and that verified examples count only where one of them does. */
// covers: ASK-33
import { describe, expect, it } from "vitest";
import { loadNetwork } from "../../shared/adapters/question-network/load-network.ts";
import { decide, defaultThresholds } from "../../shared/ask/network/decide.ts";
import {
  evidenceOf,
  isLoose,
  namesSomething,
  usesOfProposal,
} from "../../shared/ask/network/evidence.ts";
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
    expect(ranked([taught("select 1", 0.16)])).toEqual(ranked([]));
  });

  it("leaves out what only a losing example suggests, and keeps what the network says too", () => {
    const [first, ...others] = own.map((one, at) => (at === 0 ? one : { ...one, score: -20 }));
    const suggested = { rules: 0, example: 0.16 };
    const losing = others.map((one, at) => ({ ...one, found: at === 0, suggested }));
    const kept = [first, others[0]].filter((one) => one !== undefined);
    expect(rank(fitted, reading, [...kept.slice(0, 1), ...losing])).toEqual(
      rank(fitted, reading, kept),
    );
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

  describe("by how well a proposal explains the question", () => {
    const [some] = own;
    if (some?.program === undefined) throw new Error("nothing was proposed");
    const telling = (told: readonly number[] | undefined, score = -1): Proposal => ({
      ...some,
      told,
      score,
    });
    const toldOf = (all: readonly Proposal[]) =>
      evidenceOf(reading, all).map((one) => one.slice(-7));
    const rounded = (rows: readonly (readonly number[])[]) =>
      rows.map((row) => row.map((one) => Math.round(one * 1_000) / 1_000));

    it("says how far it is behind the best, its mean, its hardest words, its share of both readings, and what others explain better", () => {
      const all = [telling([-1, -0.5, -4, -0.5]), telling([-1.5, -0.5, -1.5, -0.5], -3)];
      // e^(-2-1) and e^(0-3): as likely.
      expect(rounded(toldOf(all))).toEqual([
        [-2, -1.5, -4, -5.5, 0.5, 2.5, 2.5],
        [0, -1, -1.5, -3.5, 0.5, 0.5, 0.5],
      ]);
    });

    it("counts no difference beyond twenty", () => {
      const [, far = []] = toldOf([telling([-1]), telling([-50])]);
      expect([far[0], ...far.slice(-2)]).toEqual([-20, 20, 20]);
    });

    it("takes neither side where nothing can be told, and compares the others with each other", () => {
      const untold = [-6.3, -3.1, -9.6, -23.3, 0.1, 4.7, 13.3];
      const all = [telling(undefined), telling([-1, -1], -2)];
      expect(toldOf(all)).toEqual([untold, [0, -1, -1, -2, 1, 0, 0]]);
      expect(toldOf([telling(undefined), taught("select 1", 0.9)])).toEqual([untold, untold]);
    });
  });
});

describe("no answer", () => {
  const none = { guesses: [], stranger: undefined, unfounded: false, loose: false };
  const reasonOf = (named: boolean) => {
    const outcome = decide({ ...none, named }, defaultThresholds);
    return outcome.kind === "abstain" ? outcome.reason : outcome.kind;
  };

  it("does not say that nothing is named where something is", () => {
    expect(reasonOf(true)).toContain("no single query");
    expect(reasonOf(false)).toContain("names no table or column");
    const named = (question: string) =>
      namesSomething(network.read(question, shopSchema, askedAt(shopNow)));
    expect([named("customers of the moon"), named("weather on the moon")]).toEqual([true, false]);
  });

  it("is what a guess about names that nobody said comes to, however likely", () => {
    const guess = {
      ...{ sql: "select 1", params: [], confidence: 0.5, rules: 0 },
      ...{ restatement: "one", warnings: [], byKey: [] },
    };
    const answer = { guesses: [guess], named: false, stranger: "unicorns", loose: false };
    const kindOf = (unfounded: boolean) => decide({ ...answer, unfounded }, defaultThresholds).kind;
    expect([kindOf(true), kindOf(false)]).toEqual(["abstain", "clarify"]);
  });

  it("is surer where what is used is only loosely related to a name", () => {
    const guess = (confidence: number) => ({
      ...{ sql: "select 1", params: [], confidence, rules: 0 },
      ...{ restatement: "one", warnings: [], byKey: [] },
    });
    const kindOf = (confidence: number, loose: boolean) =>
      decide({ ...none, named: true, loose, guesses: [guess(confidence)] }, defaultThresholds).kind;
    expect([kindOf(0.75, true), kindOf(0.75, false)]).toEqual(["clarify", "answer"]);
    expect(kindOf(0.85, true)).toBe("answer");
    const isLooseOf = (question: string) => {
      const asked = network.read(question, shopSchema, askedAt(shopNow));
      const [first] = network.propose(asked);
      if (first === undefined) throw new Error(`nothing for ${question}`);
      return isLoose(asked, usesOfProposal(first));
    };
    expect(isLooseOf("how many patients are there")).toBe(true);
    expect(isLooseOf("how many customers are there")).toBe(false);
    expect(isLooseOf("how many clients are there")).toBe(false);
    expect(isLooseOf("how many are in EMEA")).toBe(false);
  });
});
