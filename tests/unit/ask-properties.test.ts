/** What holds for every question: an outcome, bound values, and only names that the schema has. */
// covers: ASK-02, ASK-05

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import type { AskOutcome } from "../../shared/ask/ports.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const engine = createAskEngine(loadDateReader);
const ask = (question: string): Promise<AskOutcome> =>
  engine.ask({ question, schema: shopSchema, examples: [], now: shopNow });

const words = fc.constantFrom(
  ..."how many total average top last first by per and or not without with more than between over orders customers transfers revenue amount name email region status open shipped cancelled EMEA north america today yesterday week month since 2026-05-01 3 17 500 highest most latest oldest each which missing is the of in distinct sorted descending".split(
    " ",
  ),
);
const question = fc.array(words, { minLength: 1, maxLength: 12 }).map((list) => list.join(" "));

const known = new Set(
  shopSchema.tables.flatMap((table) => [table.name, ...table.columns.map((column) => column.name)]),
);
const sqlWords = new Set(
  "select distinct as from join on where and or is not null in between group by order desc nulls last having limit count sum avg min max date_trunc exists text numeric bigint boolean timestamptz date timestamp UTC day week month quarter year hour".split(
    " ",
  ),
);
/** Names of what is computed; `counted` and `average_count` are the rows of each other, and their average. */
const computed =
  /^(count|counted|average_count|(sum|avg|min|max|count_distinct|orders|customers|transfers|Odd Names)_.+)$/;

function statements(
  outcome: AskOutcome,
): readonly { readonly sql: string; readonly params: readonly unknown[] }[] {
  return outcome.kind === "answer" ? [outcome] : outcome.kind === "clarify" ? outcome.options : [];
}

describe("any question", () => {
  it("gets an outcome with a confidence between 0 and 1, never a throw", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 300 }),
          fc.string({ maxLength: 200 }),
          question,
        ),
        async (text) => {
          const outcome = await ask(text);
          return outcome.confidence >= 0 && outcome.confidence <= 1;
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("yields SQL that names only what the schema has", async () => {
    await fc.assert(
      fc.asyncProperty(question, async (text) => {
        for (const { sql } of statements(await ask(text))) {
          const names = sql.match(/"[^"]+"|[A-Za-z_]\w*/g) ?? [];
          const foreign = names
            .map((name) => name.replaceAll('"', ""))
            .filter((name) => !known.has(name) && !sqlWords.has(name) && !computed.test(name));
          expect(foreign, sql).toEqual([]);
        }
      }),
      { numRuns: 1_500, examples: [["orders average customers"]] },
    );
  });

  it("never writes a value into the SQL: each one is a parameter", async () => {
    await fc.assert(
      fc.asyncProperty(
        question,
        fc.integer({ min: 100_000, max: 999_999 }),
        fc.string({ minLength: 3, maxLength: 12 }),
        async (text, number, quoted) => {
          const secret = `zq${quoted.replaceAll(/["'\s]/g, "")}`;
          for (const { sql, params } of statements(
            await ask(`${text} name "${secret}" amount over ${number}`),
          )) {
            expect(sql).not.toContain(secret);
            expect(sql).not.toContain(String(number));
            const quotes = sql.match(/'[^']*'/g) ?? [];
            expect(
              quotes.every((one) =>
                ["'UTC'", "'day'", "'week'", "'month'", "'quarter'", "'year'", "'hour'"].includes(
                  one,
                ),
              ),
            ).toBe(true);
            expect(new Set(sql.match(/\$\d+/g) ?? []).size).toBe(params.length);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
