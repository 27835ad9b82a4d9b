/** Takes what a caller says of an answer: a confirmation or a correction becomes an example, a rejection is remembered. */
import type { QuestionReader } from "../ask/ports.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext, Principal } from "../kernel/context.ts";
import type { OpenSource } from "../sources/ports.ts";
import { isWhole } from "./kept-text.ts";
import type { Feedback, FeedbackStore, QueryLog, QueryRecord } from "./ports.ts";
import { type Lesson, type TeachDeps, teachOn } from "./teach-example.ts";

export interface FeedbackDeps extends TeachDeps {
  readonly queryLog: Pick<QueryLog, "find">;
  readonly feedback: Pick<FeedbackStore, "find" | "record" | "forgetRejections">;
  readonly questions: QuestionReader;
}

export interface FeedbackRequest {
  readonly correct: boolean;
  readonly sql?: string | undefined;
}

export interface FeedbackOutcome {
  readonly feedback: Feedback;
  /** Why nothing was learnt, in a sentence; null where something was. */
  readonly note: string | null;
}

/** What the caller may do beside asking, decided where permissions are read. */
export interface FeedbackRights {
  /** Everybody's queries instead of his own. */
  readonly all: boolean;
  /** What he says becomes an example, and a rejection holds for everybody. */
  readonly teach: boolean;
}

const LONGEST_QUESTION = 1_000;

/** @throws AppError query_not_found, request_invalid, forbidden, feedback_conflict, and as teachExample does. */
export async function giveFeedback(
  deps: FeedbackDeps,
  queryId: string,
  request: FeedbackRequest,
  rights: FeedbackRights,
  ctx: CallContext,
): Promise<FeedbackOutcome> {
  const record = await findQuery(deps, queryId, rights, ctx.principal);
  const question = questionOf(record);
  const known = await deps.feedback.find(queryId, ctx.principal.id);
  if (known !== null) return replay(known, request);
  requireSense(record, request, rights);
  const source = await deps.sources.resolve(record.sourceId, ctx.principal);
  const learnt = rights.teach
    ? await learn(deps, { source, record, question }, request, ctx)
    : { exampleId: null, note: "Recorded. Saving an example needs the permission query:teach." };
  const feedback = await deps.feedback.record({
    queryId,
    principal: ctx.principal.id,
    sourceId: record.sourceId,
    questionKey: deps.questions.keyOf(question),
    correct: request.correct,
    rejectedSql: request.correct ? null : record.sql,
    forAll: rights.teach,
    correction: request.sql ?? null,
    exampleId: learnt.exampleId,
    at: ctx.now,
  });
  // Another request of the same caller may have been first.
  return { ...replay(feedback, request), note: learnt.note };
}

async function findQuery(
  deps: Pick<FeedbackDeps, "queryLog">,
  queryId: string,
  { all }: FeedbackRights,
  principal: Principal,
): Promise<QueryRecord> {
  const record = await deps.queryLog.find(queryId);
  const seen =
    record !== null &&
    (all || record.principal === principal.id) &&
    (principal.sources === "all" || principal.sources.has(record.sourceId));
  if (!seen) throw new AppError("query_not_found", `There is no query ${queryId} of yours.`);
  return record;
}

/** The question as an example can hold it: one line. */
function questionOf({ question, queryId }: QueryRecord): string {
  if (question === null)
    throw invalid("", `${queryId} was SQL and no question: teach one with POST /query/examples`);
  return question
    .replace(/\p{Cc}/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function requireSense(
  record: QueryRecord,
  { correct, sql }: FeedbackRequest,
  { teach }: FeedbackRights,
): void {
  const answered = record.outcome === "answer" && record.sql !== null;
  if (correct && sql !== undefined) throw invalid("/sql", "goes with correct: false");
  if (!answered && sql === undefined)
    throw invalid("/correct", `the query ended in ${record.outcome}: there is no answer to judge`);
  if (sql !== undefined && !teach)
    throw new AppError("forbidden", "A correction needs the permission query:teach.");
  if (sql !== undefined && sql.trim() === record.sql?.trim())
    throw invalid("/sql", "is the SQL that is called wrong");
}

interface Judged {
  readonly source: OpenSource;
  readonly record: QueryRecord;
  readonly question: string;
}

interface Learnt {
  readonly exampleId: string | null;
  readonly note: string | null;
}

async function learn(
  deps: FeedbackDeps,
  judged: Judged,
  { correct, sql }: FeedbackRequest,
  ctx: CallContext,
): Promise<Learnt> {
  if (!correct && sql === undefined) return { exampleId: null, note: null };
  const lesson = sql === undefined ? await confirmed(deps, judged) : corrected(judged, sql);
  if (typeof lesson === "string") return { exampleId: null, note: lesson };
  const { example } = await teachOn(deps, judged.source, lesson, ctx);
  return { exampleId: example.exampleId, note: null };
}

/** What a person says now takes the place of what was said of this question before. */
function corrected({ question }: Judged, sql: string): Lesson {
  if (/[{}]/.test(question))
    throw invalid("", "the question holds a brace, which marks slots: use POST /query/examples");
  return { question: fitting(question), sql, replace: true };
}

/** The lesson, or why there is none. */
async function confirmed(
  deps: FeedbackDeps,
  { source, record, question }: Judged,
): Promise<Lesson | string> {
  const { sql, params, at, provenance } = record;
  if (provenance === "verified") return "Recorded. The answer was a verified one already.";
  if (sql === null || params === null || !isWhole(sql))
    return "Recorded. The log does not hold the whole answer, so that no example could be made of it.";
  const made = await deps.questions.generalise({
    question: fitting(question),
    sql,
    params,
    at,
    backslashes: source.adapter.dialect === "snowflake",
  });
  return made.kind === "template"
    ? { question: made.question, sql: made.sql, replace: true }
    : `Recorded. No example was made of it: ${made.reason}.`;
}

function fitting(question: string): string {
  if (question.length <= LONGEST_QUESTION) return question;
  throw invalid("", `the question is longer than the ${LONGEST_QUESTION} characters of an example`);
}

/** @throws AppError feedback_conflict where the caller said something else before. */
function replay(feedback: Feedback, { correct, sql }: FeedbackRequest): FeedbackOutcome {
  if (feedback.correct !== correct || feedback.correction !== (sql ?? null))
    throw new AppError(
      "feedback_conflict",
      `You have called the answer of ${feedback.queryId} ${feedback.correct ? "right" : "wrong"} before.`,
    );
  return { feedback, note: null };
}

const invalid = (pointer: string, message: string): AppError =>
  new AppError("request_invalid", `${pointer === "" ? "" : `${pointer}: `}${message}.`, {
    fields: [{ pointer, message }],
  });
