/** One question put to a language model: asked once, and at most twice more with what was wrong with the answer. */
import type { Clock } from "../kernel/clock.ts";
import { errorFields } from "../kernel/logger.ts";
import { untilAborted } from "../kernel/until-aborted.ts";
import type { JsonValue } from "../sources/ports.ts";
import type {
  ChatMessage,
  Completion,
  CompletionFailure,
  LanguageModel,
  TokenBudget,
  TokenUsage,
} from "./llm-ports.ts";
import { firstMessages, type ReplyFault, repairMessages } from "./llm-prompt.ts";
import { readReply } from "./llm-reply.ts";
import type { AskCall, AskInput, DateReader, StatementVerdict } from "./ports.ts";
import { withDates } from "./with-dates.ts";

export interface DialogueDeps {
  readonly model: LanguageModel;
  readonly budget: TokenBudget;
  readonly clock: Clock;
  readonly loadDates: () => Promise<DateReader>;
  readonly settings: {
    /** For all rounds of one question together, with the judging of what comes of them. */
    readonly timeoutMs: number;
    readonly maxOutputTokens: number;
    readonly dailyTokens: number;
  };
}

export type Said =
  | {
      readonly kind: "statement";
      readonly sql: string;
      readonly params: readonly JsonValue[];
      /** What the model thinks of itself. */
      readonly confidence: number;
      readonly verdict: Extract<StatementVerdict, { kind: "sound" }>;
    }
  /** The model finds that these tables do not answer the question. */
  | { readonly kind: "nothing" }
  | {
      readonly kind: "failed";
      readonly reason: FailureReason;
      readonly detail: string;
      /** As the provider asked for; null where it did not. */
      readonly retryAfterSeconds: number | null;
    };

export type FailureReason =
  | CompletionFailure
  | ReplyFault
  | "declined"
  | "over_budget"
  /** Not the model's time but the source's: it was still planning the statement. */
  | "judge_timeout";

export interface Cost extends TokenUsage {
  readonly calls: number;
}

const MAX_REPAIRS = 2;
/** A token is at least a byte of text; a template puts a few around each message. */
const TOKENS_AROUND_MESSAGE = 32;

/** @throws the signal's reason, and metadata_unavailable where what may be used up is not known. */
export async function consult(
  deps: DialogueDeps,
  input: AskInput,
  call: AskCall,
): Promise<{ readonly said: Said; readonly cost: Cost }> {
  const { clock, settings } = deps;
  const deadline = clock.now() + settings.timeoutMs;
  const today = new Date(input.now).toISOString().slice(0, 10);
  let messages = firstMessages(await withDates(input, deps.loadDates), call.dialect, today);
  let cost: Cost = { calls: 0, promptTokens: 0, completionTokens: 0 };
  for (let repairs = 0; ; repairs++) {
    const timeoutMs = deadline - clock.now();
    if (timeoutMs <= 0)
      return { said: failed("timeout", "the time of the question is over"), cost };
    const completion = await complete(deps, messages, timeoutMs, call);
    if (completion === null) return { said: failed("over_budget", "the day's tokens"), cost };
    cost = added(cost, completion);
    const heard = await hear(completion, call, deadline - clock.now());
    if (heard.kind !== "flawed") return { said: heard, cost };
    if (repairs === MAX_REPAIRS) return { said: failed(heard.fault, "after two repairs"), cost };
    messages = [...messages, ...repairMessages(heard.text, heard.fault, heard.message)];
  }
}

/** Null where the day has too few tokens left. */
async function complete(
  { model, budget, settings }: DialogueDeps,
  messages: readonly ChatMessage[],
  timeoutMs: number,
  { signal, log, requestId }: AskCall,
): Promise<Completion | null> {
  const { maxOutputTokens, dailyTokens } = settings;
  const reservation = await budget.reserve(mostTokens(messages) + maxOutputTokens, dailyTokens);
  if (reservation === null) return null;
  const completion = await model.complete({ messages, maxOutputTokens, timeoutMs }, signal);
  try {
    await budget.settle(reservation, usedBy(completion));
  } catch (error) {
    // Paid for and not written down: what was set aside stands in its place.
    log.warn("the cost of a language model's answer was not kept", {
      requestId,
      ...errorFields(error),
    });
  }
  return completion;
}

const mostTokens = (messages: readonly ChatMessage[]): number =>
  messages.reduce(
    (sum, { content }) => sum + Buffer.byteLength(content) + TOKENS_AROUND_MESSAGE,
    0,
  );

const NOTHING: TokenUsage = { promptTokens: 0, completionTokens: 0 };

/** Null where it is not known. */
function usedBy(completion: Completion): TokenUsage | null {
  if (completion.kind === "failed") return completion.billed ? null : NOTHING;
  return completion.usage;
}

function added(cost: Cost, completion: Completion): Cost {
  const { promptTokens, completionTokens } = usedBy(completion) ?? NOTHING;
  return {
    calls: cost.calls + 1,
    promptTokens: cost.promptTokens + promptTokens,
    completionTokens: cost.completionTokens + completionTokens,
  };
}

interface Flawed {
  readonly kind: "flawed";
  readonly text: string;
  readonly fault: ReplyFault;
  readonly message: string;
}

async function hear(
  completion: Completion,
  call: AskCall,
  timeoutMs: number,
): Promise<Said | Flawed> {
  if (completion.kind === "failed")
    return failed(completion.reason, completion.detail, completion.retryAfterSeconds);
  if (completion.kind === "declined") return failed("declined", "the model would not answer");
  const { text } = completion;
  const read = readReply(text);
  if (read.kind === "bad")
    return { kind: "flawed", text, fault: "bad_json", message: read.message };
  const { sql, params, confidence } = read.reply;
  if (sql === null) return { kind: "nothing" };
  const verdict = await judgeWithin(timeoutMs, call, { sql, params });
  if (verdict === null) return failed("judge_timeout", "the statement was still being judged");
  return verdict.kind === "sound"
    ? { kind: "statement", sql, params, confidence, verdict }
    : { ...verdict, text };
}

/** Null where the question's time ends first. */
async function judgeWithin(
  timeoutMs: number,
  call: AskCall,
  { sql, params }: { readonly sql: string; readonly params: readonly JsonValue[] },
): Promise<StatementVerdict | null> {
  const limit = AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)));
  const signal = AbortSignal.any([call.signal, limit]);
  try {
    return await untilAborted(call.judge(sql, params, signal), signal);
  } catch (error) {
    call.signal.throwIfAborted();
    if (limit.aborted) return null;
    throw error;
  }
}

const failed = (
  reason: FailureReason,
  detail: string,
  retryAfterSeconds: number | null = null,
): Said => ({ kind: "failed", reason, detail, retryAfterSeconds });
