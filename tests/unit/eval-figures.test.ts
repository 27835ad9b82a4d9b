/** The arithmetic of the figures against values that were published or worked out by hand. */
// covers: EVAL-03
import { describe, expect, it } from "vitest";
import type { AskedQuestion } from "../../eval/ask-questions.ts";
import { groupedInterval, mcnemar, proportion, quantile } from "../../eval/figures.ts";
import { compareAsked } from "../../eval/report.ts";
import { paraphrased, seededGolds } from "../../eval/seeded.ts";
import { summarise } from "../../eval/summary.ts";

describe("intervals", () => {
  it("are Wilson's", () => {
    // Newcombe (1998), table I: 81 of 263.
    const { value, low, high } = proportion(81, 263);
    expect([value, low, high].map((one) => one.toFixed(4))).toEqual(["0.3080", "0.2553", "0.3662"]);
    // And 0 of 20, where the simple interval has no width.
    expect(proportion(0, 20).high.toFixed(4)).toBe("0.1611");
  });

  it("of whole databases are wider where databases differ, and without width where they are alike", () => {
    const uneven = [
      { hits: 50, n: 50 },
      { hits: 0, n: 50 },
      { hits: 50, n: 50 },
      { hits: 0, n: 50 },
    ];
    const [low, high] = groupedInterval(uneven);
    const own = proportion(100, 200);
    expect(low).toBeLessThan(own.low);
    expect(high).toBeGreaterThan(own.high);
    expect(groupedInterval(uneven.map(() => ({ hits: 25, n: 50 })))).toEqual([0.5, 0.5]);
  });

  it("come out the same each time", () => {
    const groups = [
      { hits: 3, n: 9 },
      { hits: 5, n: 6 },
    ];
    expect(groupedInterval(groups)).toEqual(groupedInterval(groups));
  });
});

describe("quantiles", () => {
  it("are linear between neighbours", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10], 0.95)).toBe(10);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe("McNemar's exact test", () => {
  it("is the binomial's two tails", () => {
    // 1 against 9: 2 × (1 + 10) / 1024.
    expect(mcnemar(1, 9)).toBeCloseTo(22 / 1024, 12);
    expect(mcnemar(9, 1)).toBeCloseTo(22 / 1024, 12);
    expect(mcnemar(5, 5)).toBe(1);
    expect(mcnemar(0, 0)).toBe(1);
  });

  it("compares only questions that both reports have with the same words", () => {
    const old = [
      { id: "1", question: "a", outcome: "answer", right: true },
      { id: "2", question: "b", outcome: "answer", right: false },
      { id: "3", question: "before", outcome: "answer", right: true },
    ];
    const now = [one("1", "a", false), one("2", "b", true), one("3", "after", false)];
    expect(compareAsked(old, now, ({ right }) => right)).toMatchObject({
      n: 2,
      lost: ["1"],
      won: ["2"],
    });
  });
});

describe("the summary", () => {
  const asked = [
    one("1", "a", true, 0.9),
    one("2", "b", false, 0.8),
    { ...one("3", "c", true, 0.4), outcome: "clarify" as const },
    { ...one("4", "d", false), outcome: "abstain" as const },
    { ...one("5", "e", false, 0.7), expect: "abstain" as const },
    { ...one("6", "f", false), expect: "abstain" as const, outcome: "abstain" as const },
  ];
  const summary = summarise(asked);

  it("tells answers from best guesses", () => {
    const { ex_answered, precision, coverage, ex_top } = summary.answerable;
    expect([ex_answered, precision, coverage, ex_top].map(({ hits, n }) => `${hits}/${n}`)).toEqual(
      ["1/4", "1/2", "2/4", "2/4"],
    );
  });

  it("counts what was answered although it has no answer", () => {
    expect(summary.answeredAnyway).toMatchObject({ hits: 1, n: 2 });
  });

  it("gives precision for each coverage, the surest first", () => {
    expect(
      summary.coverageAccuracy.map(({ confidence, coverage, precision }) => [
        confidence,
        coverage.value,
        precision.hits,
      ]),
    ).toEqual([
      [0.9, 0.25, 1],
      [0.8, 0.5, 1],
      [0.4, 0.75, 2],
    ]);
    expect(summary.precisionAt40).toMatchObject({ confidence: 0.4 });
  });
});

describe("seeded examples", () => {
  const questions = ["a", "b", "c", "d"].flatMap((gold) =>
    [1, 2, 3].map((n) => ({
      id: `${gold}${n}`,
      database: "x",
      question: `${gold} in words ${n}`,
      sql: `select ${gold}`,
      expect: "answer" as const,
    })),
  );
  const alone = { ...questions[0], id: "alone", sql: "select alone" } as (typeof questions)[number];

  it("teach one question of each gold and ask the others; a gold with one question is left out", () => {
    const groups = paraphrased([...questions, alone]);
    expect(groups.map(({ asked }) => asked.length)).toEqual([2, 2, 2, 2]);
    for (const { taught, asked } of groups) {
      expect(asked.every(({ sql }) => sql === taught.sql)).toBe(true);
      expect(asked).not.toContain(taught);
    }
  });

  it("ask the same questions at every share, and teach a larger share's golds among them", () => {
    const half = seededGolds(questions, 50);
    const all = seededGolds(questions, 100);
    expect([seededGolds(questions, 0).size, half.size, all.size]).toEqual([0, 2, 4]);
    expect([...half].every((id) => all.has(id))).toBe(true);
  });
});

function one(id: string, question: string, right: boolean, confidence?: number): AskedQuestion {
  return {
    id,
    database: "x",
    question,
    expect: "answer",
    outcome: "answer",
    ...(confidence !== undefined && { best: { sql: "", params: [], confidence } }),
    right,
    askMs: 1,
  };
}
