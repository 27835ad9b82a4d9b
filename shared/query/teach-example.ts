/** Saves and removes verified examples. One that cannot be tried out is not saved, and no question has two answers. */
import type { QuestionReader } from "../ask/ports.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import type { OpenSource, SourceGateway } from "../sources/ports.ts";
import type { ExampleStore, FeedbackStore, StoredExample } from "./ports.ts";
import { type ValidateDeps, type ValidExample, validateExample } from "./validate-example.ts";

export interface TeachDeps extends ValidateDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "schema">;
  readonly examples: Pick<ExampleStore, "readAnew" | "insert" | "reverify">;
  readonly feedback: Pick<FeedbackStore, "forgetRejections">;
  readonly questions: Pick<QuestionReader, "parseTemplate" | "mask" | "covers">;
}

export interface Lesson {
  readonly question: string;
  readonly sql: string;
  /** Takes the place of an example of the same question with other SQL. */
  readonly replace: boolean;
}

export interface Taught {
  readonly example: StoredExample;
  /** False where the same was known already; it is verified anew then. */
  readonly created: boolean;
}

/** @throws AppError example_conflict, source_not_found, and as validateExample does. */
export async function teachExample(
  deps: TeachDeps,
  request: Lesson & { readonly source?: string | undefined },
  ctx: CallContext,
): Promise<Taught> {
  const source = await deps.sources.resolve(request.source, ctx.principal);
  return teachOn(deps, source, request, ctx);
}

/** Of several who teach one question at once one inserts, and the others see what he did. */
const ROUNDS = 4;

export async function teachOn(
  deps: TeachDeps,
  source: OpenSource,
  lesson: Lesson,
  ctx: CallContext,
): Promise<Taught> {
  const valid = await validateExample(deps, source, lesson, ctx);
  const { sourceId } = source.record;
  for (let round = 0; round < ROUNDS; round++) {
    const taught = await save(deps, sourceId, lesson, valid, ctx);
    if (taught === null) continue;
    await forget(deps, sourceId, lesson, valid);
    return taught;
  }
  throw new AppError("overloaded", "This question is being taught by others at this moment.", {
    retryAfterSeconds: 1,
  });
}

/** Of a template's questions only this very SQL: it would be kept from them, whatever else was called wrong stays so. */
async function forget(
  { feedback, questions }: Pick<TeachDeps, "feedback" | "questions">,
  sourceId: string,
  { sql }: Lesson,
  { template: { key } }: ValidExample,
): Promise<void> {
  await feedback.forgetRejections(
    sourceId,
    (one) => one.questionKey === key || (one.sql === sql && questions.covers(key, one.questionKey)),
  );
}

/** Null where another got in between. */
async function save(
  deps: TeachDeps,
  sourceId: string,
  { question, sql, replace }: Lesson,
  { template, verification, readable }: ValidExample,
  ctx: CallContext,
): Promise<Taught | null> {
  const known = (await deps.examples.readAnew(sourceId)).find(
    (one) => keyOf(deps, one.question) === template.key,
  );
  if (known !== undefined && sameSql(known, sql, verification.canonicalSql)) {
    await deps.examples.reverify(known.exampleId, verification);
    const example = known.createdAt === null ? known : { ...known, verification };
    return { example, created: false };
  }
  if (known !== undefined && (await readable([known])).length === 0) throw hiddenConflict();
  if (known !== undefined && !replace) throw conflict(known);
  const example: StoredExample = {
    exampleId: newId("ex", ctx.now),
    sourceId,
    question,
    sql,
    slots: template.slots,
    createdAt: ctx.now,
    createdBy: ctx.principal.id,
    verification,
  };
  const replaced = known?.exampleId ?? null;
  return (await deps.examples.insert(example, template.key, replaced))
    ? { example, created: true }
    : null;
}

/** Of what was stored before there were rules, some is no template. */
export function keyOf(
  { questions }: { readonly questions: Pick<QuestionReader, "parseTemplate"> },
  question: string,
): string | null {
  try {
    return questions.parseTemplate(question).key;
  } catch {
    return null;
  }
}

const sameSql = (known: StoredExample, sql: string, canonicalSql: string): boolean =>
  known.sql === sql || known.verification?.canonicalSql === canonicalSql;

function conflict({ exampleId, question }: StoredExample): AppError {
  const message = `the example ${exampleId} answers this question (“${question}”) with other SQL`;
  return new AppError(
    "example_conflict",
    `There is another answer: ${message}. Send replace: true to put this one in its place.`,
    { fields: [{ pointer: "/question", message }], meta: { example: exampleId } },
  );
}

/** What reads tables that the caller does not see is neither shown to him nor replaced by him. */
function hiddenConflict(): AppError {
  const message = "this question has an answer that you cannot replace";
  return new AppError("example_conflict", `There is another answer: ${message}.`, {
    fields: [{ pointer: "/question", message }],
  });
}

/** @throws AppError example_not_found. */
export async function removeExample(
  deps: { examples: Pick<ExampleStore, "remove"> },
  exampleId: string,
  ctx: CallContext,
): Promise<void> {
  if (
    !(await deps.examples.remove(
      exampleId,
      ctx.principal.sources === "all" ? "all" : [...ctx.principal.sources],
    ))
  )
    throw new AppError(
      "example_not_found",
      `There is no example ${exampleId} that can be removed.`,
    );
}
