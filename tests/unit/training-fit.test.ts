/** Where one number of the evidence decides, fitting finds it, and the chances it gives come true as often as they say. */
// covers: ASK-07
import { describe, expect, it } from "vitest";
import { judge } from "../../shared/ask/network/rank.ts";
import { average, type CollectedQuestion, fitRanking } from "../../training/fit.ts";
import { Choices } from "../../training/random.ts";

/** The highest second number is right, with a chance of its own; the others are noise. */
function collected(count: number, seed: number): readonly CollectedQuestion[] {
  const choices = new Choices(seed);
  return Array.from({ length: count }, (_, at) => {
    const rows = Array.from({ length: 4 }, () => [
      choices.next(),
      10 * choices.next(),
      5,
      choices.next(),
    ]);
    const best = Math.max(...rows.map((row) => row[1] ?? 0));
    const holds = choices.chance(1 / (1 + Math.exp(-2 * (best - 8))));
    return {
      database: "d",
      question: String(at),
      origin: "spider",
      candidates: rows.map((evidence) => ({ evidence, right: holds && evidence[1] === best })),
    };
  });
}

describe("fitting the order and the chance of proposals", () => {
  // All of one kind: there is nothing to be wary of.
  const fitted = fitRanking(collected(150, 7), 0.003);
  const firsts = collected(600, 8).map(({ candidates }) => {
    const judged = judge(
      fitted,
      candidates.map((one) => one.evidence),
    );
    const orders = judged.map((one) => one.order);
    const at = orders.indexOf(Math.max(...orders));
    const most = Math.max(...candidates.map((one) => one.evidence[1] ?? 0));
    return {
      right: candidates[at]?.right === true,
      decided: candidates[at]?.evidence[1] === most,
      chance: judged[at]?.confidence ?? 0,
    };
  });

  it("weighs most the number that decides, and gives nothing to one that never varies", () => {
    const sizes = fitted.order.map(Math.abs);
    expect(sizes.indexOf(Math.max(...sizes))).toBe(1);
    expect(fitted.order[2]).toBe(0);
    expect(fitted.deviation.every((one) => one > 0)).toBe(true);
  });

  it("puts first what that number says, for questions it was not fitted on", () => {
    expect(firsts.filter((one) => one.decided).length / firsts.length).toBeGreaterThan(0.9);
  });

  it.each([
    [0, 0.3],
    [0.3, 0.7],
    [0.7, 1],
  ])("is right as often as it says between %d and %d", (from, to) => {
    const bin = firsts.filter((one) => one.chance >= from && one.chance < to);
    const mean = (value: (one: (typeof firsts)[number]) => number): number =>
      bin.reduce((sum, one) => sum + value(one), 0) / bin.length;
    expect(bin.length).toBeGreaterThan(30);
    expect(Math.abs(mean((one) => one.chance) - mean((one) => Number(one.right)))).toBeLessThan(
      0.1,
    );
  });
});

describe("the chance of what stands out from the others", () => {
  it("is higher the larger its share of the order is", () => {
    const fitted = {
      ...{ mean: [0], deviation: [1], order: [1], chance: [0] },
      ...{ chanceShare: 2, chanceBias: -1 },
    };
    const [close] = judge(fitted, [[1], [1]]);
    const [clear] = judge(fitted, [[1], [-9]]);
    expect(close?.confidence).toBeCloseTo(0.5);
    expect(clear?.confidence).toBeCloseTo(1 / (1 + Math.exp(-1)), 3);
  });
});

describe("fitting where few proposals stand out from many", () => {
  it("comes to rest: the chances are on average what came true", () => {
    const choices = new Choices(3);
    const questions = Array.from({ length: 120 }, (_, at): CollectedQuestion => {
      const holds = choices.chance(0.4);
      const plain = { right: false, evidence: Array.from({ length: 6 }, () => 0) };
      const told = Array.from({ length: 6 }, () => 1 + 0.2 * choices.next() + (holds ? 0.1 : 0));
      const candidates = [
        { right: holds, evidence: told },
        ...Array.from({ length: 19 }, () => plain),
      ];
      return { database: "d", question: String(at), origin: "spider", candidates };
    });
    const fitted = fitRanking(questions);
    const chances = questions.map(
      ({ candidates }) =>
        judge(
          fitted,
          candidates.map((one) => one.evidence),
        )[0]?.confidence ?? 0,
    );
    const right = questions.map((one) => Number(one.candidates[0]?.right));
    expect(average(chances)).toBeCloseTo(average(right), 1);
    expect(Math.max(...chances)).toBeLessThan(0.95);
  });
});
