/** Dates and periods as people in business write them: what is meant, to the day, and what is no date at all. */
// covers: ASK-12
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findPeriods } from "../../shared/ask/periods.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { askedAt } from "../support/asked-at.ts";
import { PHRASES, PHRASES_NOW, WITHOUT_DATES } from "../support/date-phrases.ts";
import { ROOT } from "../support/source-tree.ts";

const now = askedAt(PHRASES_NOW);
const find = (question: string) => findPeriods(tokenise(normaliseText(question)), now);
const moment = (text: string | null) => (text === null ? undefined : Date.parse(text));

describe("a period means", () => {
  for (const [group, phrases] of Object.entries(PHRASES)) {
    it.each(phrases)(`${group}: %s → [%s, %s)`, (phrase, from, to) => {
      const found = find(phrase).map(({ period }) => [period.from, period.to]);
      expect(found).toEqual([[moment(from), moment(to)]]);
    });
  }

  it("the same inside a question, and takes no word of the rest", () => {
    for (const [phrase, from, to] of Object.values(PHRASES).flat()) {
      const found = find(`total amount of orders ${phrase} ?`);
      expect([phrase, found.map(({ period }) => [period.from, period.to])]).toEqual([
        phrase,
        [[moment(from), moment(to)]],
      ]);
      expect(found[0]?.start).toBeGreaterThanOrEqual(4);
    }
  });
});

describe("no date is", () => {
  it.each(WITHOUT_DATES)("%s", (phrase) => {
    expect(find(phrase)).toEqual([]);
  });
});

describe("dates are read", () => {
  it.each(["America/Los_Angeles", "Asia/Tokyo", "Pacific/Auckland"])(
    "in UTC on a machine in %s",
    async (zone) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["tests/support/read-phrases.ts"],
        { cwd: ROOT, env: { ...process.env, TZ: zone } },
      );
      const there = JSON.parse(stdout) as { zone: string; periods: unknown };
      const here = Object.values(PHRASES)
        .flat()
        .map(([phrase]) => find(phrase).map(({ period }) => period));
      expect(there.zone).toBe(zone);
      expect(there.periods).toEqual(JSON.parse(JSON.stringify(here)));
    },
  );

  it("with no period that ends before it starts, and none over another", () => {
    const words = Object.values(PHRASES)
      .flat()
      .flatMap(([phrase]) => phrase.split(" "));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (parts) => {
        const found = find(parts.join(" "));
        found.forEach(({ period: { from, to }, start, end }, at) => {
          expect(end).toBeGreaterThan(start);
          expect(start).toBeGreaterThanOrEqual(found[at - 1]?.end ?? 0);
          if (from !== undefined && to !== undefined) expect(from).toBeLessThan(to);
        });
      }),
    );
  });

  it("from no more of a text than a question may be long, however it is made", () => {
    const asked: number[] = [];
    const counting = {
      at: now.at,
      dates: {
        read: (text: string, at: number) => {
          asked.push(text.length);
          return now.dates.read(text, at);
        },
      },
    };
    for (const piece of ["5 May 2025 to ", "12/", "May ", "last Friday at 3 pm, ", "2025-", "5"]) {
      const text = piece.repeat(10_000 / piece.length);
      findPeriods(tokenise(text), counting);
      findPeriods(tokenise(text.slice(0, 900)), counting);
    }
    expect(asked.length).toBeGreaterThan(0);
    expect(Math.max(...asked)).toBeLessThanOrEqual(1_000);
  });
});
