/** What looks like a verified question and is another one is never answered with its SQL. */
// covers: ASK-31

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { questionKey } from "../../shared/ask/examples.ts";
import type { VerifiedExample } from "../../shared/ask/ports.ts";
import { nearMisses } from "../support/near-misses.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const engine = createAskEngine(loadDateReader);
/** No rule of the engine writes this: whoever answers with it answers by the example. */
const marker = "select 4711 as marker from orders";
const taught = (question: string, sql = marker): readonly VerifiedExample[] => [
  { exampleId: "ex", sourceId: "shop", question, sql, slots: [] },
];
const answersBy = async (known: string, asked: string): Promise<boolean> => {
  const outcome = await engine.ask({
    question: asked,
    schema: shopSchema,
    examples: taught(known),
    now: shopNow,
  });
  return outcome.kind === "answer" && outcome.sql.includes("4711");
};

const both = nearMisses.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]);

describe("near-misses", () => {
  it("are at least 60 pairs", () => {
    expect(nearMisses.length).toBeGreaterThanOrEqual(60);
  });

  it.each(both)("a verified “%s” does not answer “%s”", async (known, asked) => {
    expect(await answersBy(known, known)).toBe(true);
    expect(await answersBy(known, asked)).toBe(false);
    expect(questionKey(known)).not.toBe(questionKey(asked));
  });

  it("do not come about by changing one word of a question, whichever", async () => {
    const telling =
      "orders customers transfers revenue amount region status email open shipped EMEA APAC net gross average total not without by before after top bottom 2023 2024 5 50 each only first last".split(
        " ",
      );
    const word = fc.constantFrom(...telling);
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 2, maxLength: 8 }),
        fc.nat(),
        word,
        async (words, place, other) => {
          const at = place % words.length;
          const changed = words.with(at, other);
          fc.pre(words[at] !== other);
          expect(await answersBy(words.join(" "), changed.join(" "))).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("do not come about by adding or leaving out a word that says something", async () => {
    const word = fc.constantFrom(
      ..."orders customers revenue not without by 2023 average open EMEA top never net".split(" "),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 2, maxLength: 8 }),
        fc.nat(),
        word,
        async (words, place, more) => {
          const longer = words.toSpliced(place % words.length, 0, more);
          expect(await answersBy(words.join(" "), longer.join(" "))).toBe(false);
          expect(await answersBy(longer.join(" "), words.join(" "))).toBe(false);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
