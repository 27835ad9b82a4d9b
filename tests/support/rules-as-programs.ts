/** The rows that the rules' SQL gives, and those of the same reading said as a program. */
import type { PGlite } from "@electric-sql/pglite";
import { sameResult } from "../../eval/compare.ts";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { graphOf } from "../../shared/ask/network/graph.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { suggestByRules } from "../../shared/ask/network/suggest-rules.ts";
import { inUsualOrder } from "../../shared/ask/network/usual-order.ts";
import { type Rendered, renderQuery } from "../../shared/ask/render.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { askedAt } from "./asked-at.ts";

export interface TwoStatements {
  readonly rules: Rendered;
  /** Undefined where programs have no words for the reading. */
  readonly program: Rendered | undefined;
  readonly ordered: boolean;
}

const rules = createAskEngine(loadDateReader);

/** Undefined where the rules read nothing. */
export function readTwice(
  question: string,
  schema: SourceSchema,
  at: number,
): TwoStatements | undefined {
  const now = askedAt(at);
  const [best] = rules.answer({ question, schema, examples: [], now }).readings;
  if (best === undefined) return undefined;
  const graph = graphOf(schema);
  const tokens = tokenise(normaliseText(question));
  const candidates = readCandidates(tokens, graph, now);
  const preference = () => 0;
  const reading = { tokens, graph, candidates };
  const [suggestion] = suggestByRules(reading, [best], schema.tables, preference);
  const input = { graph, candidates, preference, dialect: "postgres" } as const;
  return {
    rules: renderQuery(best.query, schema.tables),
    program: suggestion && renderProgram(inUsualOrder(suggestion.program, graph), input),
    ordered: best.query.order.some((one) => one.asked),
  };
}

export async function sameRows(
  db: PGlite,
  { rules: left, program, ordered }: TwoStatements,
): Promise<boolean> {
  if (program === undefined) return false;
  return sameResult(await rowsOf(db, left), await rowsOf(db, program), ordered);
}

type Cell = null | boolean | number | string;

async function rowsOf(db: PGlite, { sql, params }: Rendered): Promise<readonly Cell[][]> {
  const { rows } = await db.query<unknown[]>(sql, [...params], { rowMode: "array" });
  return rows.map((row) =>
    row.map((cell) => (cell instanceof Date ? cell.toISOString() : (cell as Cell))),
  );
}
