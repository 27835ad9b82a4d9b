/** The readings that a question is asked back with: none that its caller could not run, and no two with the same result. */
import type { AskCandidate } from "../ask/ports.ts";
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import { callerGone } from "../kernel/caller-gone.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import type { SourceAccess } from "../policy/ports.ts";
import type { JsonRow, OpenSource } from "../sources/ports.ts";
import type { SqlGuard, SqlGuards } from "../sql/ports.ts";
import { answerSettings } from "./answer-settings.ts";
import type { Answered } from "./answer-statement.ts";
import { isFault } from "./ask-call.ts";
import { type Doubt, planSql } from "./plan-statement.ts";
import type { AskedBack, Preview, ShownDoubt } from "./query-outcome.ts";
import { cellsOf } from "./rendered-result.ts";
import { type RestrictedPlan, restrictPlan } from "./restrict-plan.ts";
import { sameRows } from "./same-rows.ts";

/** Where the readings are tried. */
export interface ComparePlace {
  readonly source: OpenSource;
  readonly access: SourceAccess;
  /** What the question was read with; null where no model had a part in it. */
  readonly semanticModelVersion: string | null;
  /** Of the request's time, in milliseconds. */
  readonly leftMs: number;
  /** The way that every statement goes: cache, budgets, turns, source. */
  answer(plan: RestrictedPlan, asked: QueryRequest): Promise<Answered>;
}

export type Compared =
  | { readonly kind: "answer"; readonly plan: RestrictedPlan; readonly answered: Answered }
  | { readonly kind: "doubt"; readonly doubt: ShownDoubt };

const MOST_COMPARED = 3;
/** As many as an answer has where nothing else was asked: who picks a reading then finds it in the cache. */
const MOST_ROWS = 1_000;
/** A person waits for all of them at once, and has asked for none. */
const LONGEST_MS = 2_000;
const MOST_BYTES = 1_000_000;
const MOST_PREVIEW_CHARACTERS = 2_000;
const HIGHEST_CHANCE = 0.99;

/**
 * A reading that may not or cannot be run is gone, and nothing says what it was. One that was too slow, or that the
 * source had no time for, stays where it is and counts as different. Where all come to one result, that is the answer
 * if they are likely enough together.
 *
 * @throws AppError client_closed, metadata_unavailable.
 */
export async function compareOptions(
  deps: { readonly guards: SqlGuards },
  place: ComparePlace,
  doubt: Doubt,
  request: QueryRequest,
  ctx: CallContext,
): Promise<Compared> {
  if (doubt.kind !== "clarify" || doubt.options.length < 2) return { kind: "doubt", doubt };
  const guard = await deps.guards.of(place.source.adapter.dialect);
  const planned = await Promise.all(
    doubt.options.map((option) => planReading(guard, place, option)),
  );
  const asked = comparedRequest(place, request);
  const tried = await Promise.all(
    planned
      .filter((one) => one !== null)
      .map((one, at) =>
        asked === null || at >= MOST_COMPARED ? one : tryReading(place, one, asked, ctx),
      ),
  );
  if (ctx.signal.aborted) throw callerGone();
  return conclude(place.source, doubt, distinct(tried.filter((one) => one !== null)));
}

interface Reading {
  readonly option: AskCandidate;
  readonly plan: RestrictedPlan;
  /** Left out where it was not run, or not to its end. */
  readonly run?: Run;
}

interface Run {
  readonly answered: Answered;
  /** Null where they are too much to be looked at. */
  readonly rows: readonly JsonRow[] | null;
}

/** Null where this caller may not run it. */
async function planReading(
  guard: SqlGuard,
  { access, semanticModelVersion }: ComparePlace,
  option: AskCandidate,
): Promise<Reading | null> {
  const { question, sql, params, confidence = 0, warnings = [] } = option;
  const said = { provenance: "generated", confidence, restatement: question, warnings } as const;
  try {
    const plan = await planSql(guard, sql, params);
    return { option, plan: await restrictPlan(access, { ...plan, ...said, semanticModelVersion }) };
  } catch (error) {
    if (isFault(error)) return null;
    throw error;
  }
}

/** What each reading may take, or null where none is to be run. */
function comparedRequest({ source, leftMs }: ComparePlace, request: QueryRequest) {
  const timeout_ms = Math.min(LONGEST_MS, Math.floor(leftMs));
  const wanted = answerSettings(source).compare_options ?? source.adapter.billed !== true;
  if (!wanted || timeout_ms < 1) return null;
  return { ...request, timeout_ms, max_rows: Math.min(MOST_ROWS, request.max_rows) };
}

/** Null where it cannot be run: types that do not fit, a division by zero. */
async function tryReading(
  place: ComparePlace,
  reading: Reading,
  asked: QueryRequest,
  { log, requestId, signal }: CallContext,
): Promise<Reading | null> {
  try {
    const answered = await place.answer(reading.plan, asked);
    const { result } = answered;
    const small = result.rowsBytes(result.format).byteLength <= MOST_BYTES;
    return { ...reading, run: { answered, rows: small ? cellsOf(result) : null } };
  } catch (error) {
    if (isFault(error)) return null;
    if (!signal.aborted && !(error instanceof AppError))
      log.warn("a reading of a question was not compared", { requestId, ...errorFields(error) });
    return reading;
  }
}

/** Of rows that were cut off nothing can be said. */
function sameResult({ run: left }: Reading, { run: right }: Reading): boolean {
  if (!left?.rows || !right?.rows) return false;
  const [one, other] = [left.answered.result, right.answered.result];
  if (one.truncated || other.truncated) return false;
  return one.columns.length === other.columns.length && sameRows(left.rows, right.rows);
}

/** Readings with one result, the likeliest first. */
type Group = readonly [Reading, ...Reading[]];

function distinct(readings: readonly Reading[]): readonly Group[] {
  const groups: [Reading, ...Reading[]][] = [];
  for (const one of readings) {
    const same = groups.find(([first]) => sameResult(first, one));
    if (same === undefined) groups.push([one]);
    else same.push(one);
  }
  return groups;
}

function conclude(source: OpenSource, doubt: AskedBack, groups: readonly Group[]): Compared {
  const [likeliest, ...rivals] = groups;
  if (likeliest === undefined) return { kind: "doubt", doubt: nothingToRun(doubt) };
  const [{ plan, run }] = likeliest;
  const chance = chanceOf(likeliest);
  const agreed = rivals.length === 0 && likeliest.length > 1;
  if (
    agreed &&
    run !== undefined &&
    chance !== null &&
    chance >= answerSettings(source).answer_from
  )
    return { kind: "answer", plan: { ...plan, confidence: chance }, answered: run.answered };
  const options = groups.map(([{ option, run }]) => ({
    ...option,
    ...(run !== undefined && { preview: previewOf(run) }),
  }));
  const reason = rivals.length > 0 ? doubt.reason : `${doubt.reason}; ${aloneFor(likeliest)}`;
  return {
    kind: "doubt",
    doubt: { ...doubt, reason, options, confidence: chance ?? doubt.confidence },
  };
}

const aloneFor = ({ length }: Group): string =>
  length > 1 ? "all readings of it come to this one result" : "only this reading of it can be run";

/** One of them is what was meant: they exclude each other. Null where the engine does not say. */
function chanceOf(group: Group): number | null {
  let sum = 0;
  for (const { option } of group) {
    if (option.confidence === undefined) return null;
    sum += option.confidence;
  }
  return Math.round(1_000 * Math.min(HIGHEST_CHANCE, sum)) / 1_000;
}

const nothingToRun = ({ confidence }: AskedBack): ShownDoubt => ({
  kind: "abstain",
  reason: "no reading of the question can be run",
  confidence: Math.round(1_000 * (1 - confidence)) / 1_000,
});

function previewOf({ answered: { result }, rows }: Run): Preview {
  const { columns, rowCount, truncated } = result;
  const first = rows?.[0] && `[${rows[0].join(",")}]`;
  const short = first !== undefined && first.length <= MOST_PREVIEW_CHARACTERS;
  return { columns, rowCount, truncated, firstRowJson: short ? first : null };
}
