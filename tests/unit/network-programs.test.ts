// covers: ASK-08
/** Whatever the network may write is a program, and whatever program it is becomes SQL that PostgreSQL can read. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { type Follower, startProgram } from "../../shared/ask/network/grammar.ts";
import { graphOf } from "../../shared/ask/network/graph.ts";
import { readProgram, writeProgram } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { restateProgram } from "../../shared/ask/network/restate-program.ts";
import { grammarId, stepOf } from "../../shared/ask/network/vocabulary.ts";
import { tokenise } from "../../shared/ask/tokens.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import { askedAt } from "../support/asked-at.ts";

const NOW = Date.UTC(2026, 0, 15);
const schemas = [...madeSchemas().values()];
const guard = createSqlGuard(await createLibpgParser());
const question = `show 3 "Acme" rows of Ana Lima since 2025-03-01 and last month`;

const everything = { share: true, ratio: true, versus: true, per: true, grain: true };

/** A walk through the grammar; it keeps away from depth so that it ends. */
function walk(start: Follower, turns: readonly number[]): readonly number[] | undefined {
  const steps: number[] = [];
  let follower = start;
  const closing = [")", "<end>"].map((word) => grammarId(word as ")"));
  for (let at = 0; !follower.complete; at += 1) {
    if (follower.allowed.length === 0) return undefined;
    const turn = turns[at];
    const ready = follower.allowed.filter((token) => closing.includes(token));
    const from = turn === undefined && ready.length > 0 ? ready : follower.allowed;
    const token = from[(turn ?? at) % from.length] ?? 0;
    if (at > 200) return undefined;
    follower = follower.follow(token);
    steps.push(token);
  }
  return steps.slice(0, -1);
}

describe("the grammar of programs", () => {
  it("allows only what reads back as the same program and renders as guarded SQL", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(schemas.length - 1),
        fc.array(fc.nat(10_000), { minLength: 3, maxLength: 40 }),
        async (which, turns) => {
          const graph = graphOf(schemas[which] ?? { tables: [], version: "" });
          const candidates = readCandidates(tokenise(question), graph, askedAt(NOW));
          const tokens = walk(startProgram(graph, candidates, everything), turns);
          if (tokens === undefined) return;
          const counts = {
            columns: graph.columns.length,
            tables: graph.tables.length,
            values: candidates.length,
          };
          const steps = tokens.map((token) => stepOf(token, counts));
          const program = readProgram(steps);
          expect(writeProgram(program)).toEqual(steps);
          expect(restateProgram(program, graph, candidates)).not.toBe("");
          for (const dialect of ["postgres", "duckdb", "snowflake"] as const) {
            const { sql, params } = renderProgram(program, {
              graph,
              candidates,
              dialect,
              preference: () => 0,
            });
            if (dialect === "postgres") {
              const verdict = await guard.check(sql);
              expect([verdict.verdict, sql]).toEqual(["allow", sql]);
              expect(verdict.verdict === "allow" && verdict.parameterCount).toBe(params.length);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("leads nowhere over a table without columns but to what can be asked of it", async () => {
    const { network } = await openNetwork(readAsset);
    const prices = {
      schema: "public",
      name: "prices",
      kind: "table" as const,
      primaryKey: [],
      foreignKeys: [],
      columns: [],
    };
    const schema = { tables: [prices], version: "1" };
    const asked = (text: string) =>
      network
        .propose(network.read(text, schema, askedAt(NOW)))
        .map((one) => one.program?.select.map((item) => item.kind));
    expect(asked("what is the highest of the prices").flat()).not.toContain("column");
    expect(asked("how many prices are there")).toHaveLength(1);
  });
});
