/** Every question made from a template has a program that the grammar of programs reads back and whose SQL the guard allows. */
// covers: ASK-08, ASK-35

import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import type { ValueCandidate } from "../../shared/ask/network/candidates.ts";
import { graphOf, type SchemaGraph } from "../../shared/ask/network/graph.ts";
import { Unsupported } from "../../shared/ask/network/parsed-sql.ts";
import { readProgram, writeProgram } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { programOf } from "../../shared/ask/network/sql-to-program.ts";
import { findPeriods } from "../../shared/ask/periods.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { createSelectReader } from "../../shared/compose-network.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { makeQuestion } from "../../training/made-questions.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import type { MadeQuestion } from "../../training/making.ts";
import { Choices } from "../../training/random.ts";
import { askedAt } from "../support/asked-at.ts";
import { candidate } from "../support/network/shop.ts";

const NOW = Date.UTC(2026, 0, 15);

function make(seed: number, count: number): readonly { made: MadeQuestion; graph: SchemaGraph }[] {
  const choices = new Choices(seed);
  const schemas = [...madeSchemas().values()];
  const all: { made: MadeQuestion; graph: SchemaGraph }[] = [];
  while (all.length < count) {
    const graph = graphOf(choices.of(schemas));
    const made = makeQuestion(graph, choices);
    if (made !== undefined) all.push({ made, graph });
  }
  return all;
}

/** What the values of the program are in the question. */
function valuesOf({ question, values }: MadeQuestion): readonly ValueCandidate[] {
  const periods = findPeriods(tokenise(normaliseText(question)), askedAt(NOW));
  return values.map((value) => {
    if ("text" in value) return candidate(value.text);
    const period = periods[value.period]?.period;
    if (period === undefined) throw new Error(`no period ${value.period} in: ${question}`);
    return candidate(period.label, { kind: "period", period });
  });
}

const all = make(11, 400);

describe("questions made from templates", () => {
  it("have programs whose SQL the guard allows", async () => {
    const guard = createSqlGuard(await createLibpgParser());
    for (const { made, graph } of all) {
      const candidates = valuesOf(made);
      const input = { graph, candidates, dialect: "postgres", preference: () => 0 } as const;
      const { sql, params } = renderProgram(made.program, input);
      const verdict = await guard.check(sql);
      expect([verdict.verdict, sql]).toEqual(["allow", sql]);
      expect(verdict.verdict === "allow" && verdict.parameterCount).toBe(params.length);
    }
  });

  it("have programs whose SQL reads back as one of the very same SQL, but for ranks within groups", async () => {
    const readSql = createSelectReader(await createLibpgParser());
    let ranked = 0;
    for (const { made, graph } of all) {
      const candidates = [...valuesOf(made), candidate("1", { kind: "one" })];
      const input = { graph, candidates, dialect: "postgres", preference: () => 0 } as const;
      const written = renderProgram(made.program, input);
      const select = readSql(written.sql);
      const read = () => programOf(select ?? {}, graph, candidates, { params: written.params });
      if (made.program.per === undefined) {
        expect(read().missing).toEqual([]);
        expect(renderProgram(read().program, input)).toEqual(written);
      } else {
        expect(read).toThrow(Unsupported);
        ranked += 1;
      }
    }
    expect(ranked).toBeLessThan(all.length / 20);
  });

  it("have programs that read back from their steps", () => {
    for (const { made } of all) {
      expect(readProgram(writeProgram(made.program))).toEqual(made.program);
    }
  });

  it("say every text and period of their program", () => {
    for (const { made } of all) {
      const said = ` ${made.question.toLowerCase()} `;
      const texts = made.values.flatMap((one) =>
        "text" in one && one.text !== "1" ? [one.text.toLowerCase()] : [],
      );
      expect(texts.filter((text) => !said.includes(text))).toEqual([]);
      expect(valuesOf(made).length).toBe(made.values.length);
    }
  });

  it("are the same for the same seed and others for another", () => {
    const texts = (seed: number) => JSON.stringify(make(seed, 50).map((one) => one.made));
    expect(texts(3)).toBe(texts(3));
    expect(texts(3)).not.toBe(texts(4));
  });

  it("come from every template", () => {
    const steps = all.map(({ made }) => JSON.stringify(writeProgram(made.program)));
    for (const word of ["period", "versus", "share", "ratio", "per", "isnull", "notin", "having"]) {
      expect(steps.some((one) => one.includes(`"word":"${word}"`))).toBe(true);
    }
  });
});
