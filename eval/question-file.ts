/** The questions of an evaluation: JSON lines of `{ id, database, question, sql }`, checked before anything runs. */
import { z } from "zod";

export const Question = z
  .strictObject({
    id: z.string().min(1),
    database: z.string().regex(/^[\w.-]+$/),
    question: z.string(),
    /** The gold. May be missing where an answer is not expected. */
    sql: z.string().min(1).optional(),
    /** Of the gold; without it, the dialect that the database came in. */
    dialect: z.enum(["sqlite", "postgres"]).optional(),
    expect: z.enum(["answer", "abstain", "clarify"]).default("answer"),
    /** Figures are also given for each group. */
    group: z.string().min(1).optional(),
  })
  .refine((one) => one.expect !== "answer" || one.sql !== undefined, {
    message: "a question that expects an answer needs sql",
  });
export type Question = z.output<typeof Question>;

/** @throws Error naming the first line that is wrong, or an id that comes twice. */
export function parseQuestions(text: string): readonly Question[] {
  const questions = text
    .split("\n")
    .map((line, at) => ({ line: line.trim(), number: at + 1 }))
    .filter(({ line }) => line !== "")
    .map(({ line, number }) => parseLine(line, number));
  const seen = new Set<string>();
  for (const { id } of questions) {
    if (seen.has(id)) throw new Error(`the id ${id} comes twice`);
    seen.add(id);
  }
  return questions;
}

function parseLine(line: string, number: number): Question {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`line ${number} is not JSON`, { cause: error });
  }
  const parsed = Question.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`line ${number}: ${parsed.error.issues.map((i) => i.message).join("; ")}`);
}
