/** Says what would be worth verifying: what is asked or run again and again and nobody has confirmed. */
import type { QuestionReader } from "../ask/ports.ts";
import type { CallContext, Principal } from "../kernel/context.ts";
import type { PolicyEngine } from "../policy/ports.ts";
import type { SourceGateway, SourceSchema } from "../sources/ports.ts";
import type { ExampleStore, FeedbackStore, FrequentAnswer, QueryLog } from "./ports.ts";
import { rejectionsHeldBy } from "./rejected-for.ts";
import { keyOf } from "./teach-example.ts";
import { usableExamples } from "./usable-examples.ts";

export interface SuggestDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "schema">;
  readonly policies: PolicyEngine;
  readonly queryLog: Pick<QueryLog, "frequent">;
  readonly examples: Pick<ExampleStore, "forSource">;
  readonly feedback: Pick<FeedbackStore, "rejections" | "taughtKeys">;
  readonly questions: Pick<QuestionReader, "keyOf" | "parseTemplate">;
}

export interface Suggestion extends FrequentAnswer {
  readonly sourceId: string;
}

/** Once is no habit. */
const LEAST = 2;

/** `all` counts everybody's queries instead of the caller's. @throws AppError source_not_found. */
export async function suggestExamples(
  deps: SuggestDeps,
  filter: { readonly source?: string | undefined; readonly limit: number; readonly all: boolean },
  ctx: CallContext,
): Promise<readonly Suggestion[]> {
  const source = await deps.sources.resolve(filter.source, ctx.principal);
  const { sourceId } = source.record;
  const schema = await deps.sources.schema(source, ctx.signal);
  const [answers, access] = await Promise.all([
    deps.queryLog.frequent({ principal: filter.all ? null : ctx.principal.id, sourceId }),
    deps.policies.access(source, ctx.principal, schema),
  ]);
  const settled = await settledKeys(deps, sourceId, schema, ctx.principal);
  const groups = grouped(deps, answers).filter(({ count }) => count >= LEAST);
  const open = groups.filter(({ key, answer }) => !settled(key, answer));
  // What was answered once may be forbidden by now.
  const seen = await access.readable(
    open.slice(0, filter.limit * 2).map(({ answer, count }) => ({ ...answer, count })),
  );
  return seen.slice(0, filter.limit).map((answer) => ({ ...answer, sourceId }));
}

interface Group {
  readonly key: string;
  readonly answer: FrequentAnswer;
  readonly count: number;
}

/** By the normalised question with its SQL, or by the SQL alone where no question was asked. */
function grouped(
  { questions }: Pick<SuggestDeps, "questions">,
  answers: readonly FrequentAnswer[],
): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const answer of answers) {
    const key = answer.question === null ? "" : questions.keyOf(answer.question);
    const place = JSON.stringify([key, answer.sql.replace(/\s+/g, " ").trim()]);
    const known = groups.get(place);
    const newest = known === undefined || known.answer.queryId < answer.queryId;
    groups.set(place, {
      key,
      answer: newest ? answer : known.answer,
      count: answer.count + (known?.count ?? 0),
    });
  }
  return [...groups.values()].sort(
    (a, b) => b.count - a.count || (a.answer.queryId < b.answer.queryId ? 1 : -1),
  );
}

/** Verified, or called wrong by the caller or for everybody: there is nothing left to say. */
async function settledKeys(
  deps: SuggestDeps,
  sourceId: string,
  schema: SourceSchema,
  principal: Principal,
): Promise<(key: string, answer: FrequentAnswer) => boolean> {
  const examples = usableExamples(await deps.examples.forSource(sourceId), schema);
  const verified = new Set(examples.map(({ question }) => keyOf(deps, question)));
  const statements = new Set(examples.map(({ sql }) => sql.replace(/\s+/g, " ").trim()));
  const [rejections, taught] = await Promise.all([
    rejectionsHeldBy(deps, sourceId, principal),
    deps.feedback.taughtKeys(sourceId),
  ]);
  return (key, { question, sql }) =>
    question === null
      ? statements.has(sql.replace(/\s+/g, " ").trim())
      : verified.has(key) ||
        taught.has(key) ||
        rejections.some((one) => one.questionKey === key && one.sql === sql);
}
