/** A language model behind OpenAI's chat completions, at OpenAI, at Azure, or at a server that speaks the same. */
import type { Completion, CompletionRequest, LanguageModel } from "../../ask/llm-ports.ts";
import { untilAborted } from "../../kernel/until-aborted.ts";
import type { OutboundHttp, OutboundResult } from "../../outbound/ports.ts";
import { credentialHeaders, endpointOf, type ModelPlace } from "./endpoint.ts";
import { failed, readError, readResult } from "./read-completion.ts";

/** What a model takes of the body; learnt from its refusals, since no list of models is ever complete. */
interface Habits {
  /**
   * First the older name: every server knows it, and one that does not says so. The newer one would be passed over by
   * older servers without a word, and with it the limit.
   */
  readonly limit: "max_tokens" | "max_completion_tokens";
  /** Models that think first take no temperature but their own. */
  readonly temperature: boolean;
  readonly jsonMode: boolean;
}

/** Each can be wrong once. */
const MAX_TRIES = 4;

export function createLanguageModel(place: ModelPlace, outbound: OutboundHttp): LanguageModel {
  const { url, modelInBody } = endpointOf(place);
  let habits: Habits = { limit: "max_tokens", temperature: true, jsonMode: true };
  const send = async (
    request: CompletionRequest,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OutboundResult> =>
    outbound.send(
      {
        url,
        method: "POST",
        headers: { ...headers, "content-type": "application/json", accept: "application/json" },
        body: bodyOf(request, habits, modelInBody ? place.model : null),
        timeoutMs,
      },
      signal,
    );
  return {
    name: `${place.provider}:${place.model}`,
    complete: async (request, signal): Promise<Completion> => {
      const deadline = performance.now() + request.timeoutMs;
      const headers = await headersOf(place, request.timeoutMs, signal);
      if (headers === null) return failed("unauthorised", "the identity gave no token");
      for (let tries = 1; ; tries++) {
        // Whole milliseconds: a timer takes no others.
        const left = Math.floor(deadline - performance.now());
        if (left <= 0) return failed("timeout", `no answer within ${request.timeoutMs} ms`);
        const result = await send(request, headers, left, signal);
        const next = learn(habits, result);
        if (next === null || tries === MAX_TRIES) return readResult(result);
        habits = next;
      }
    },
  };
}

function bodyOf(request: CompletionRequest, habits: Habits, model: string | null): string {
  return JSON.stringify({
    ...(model !== null && { model }),
    messages: request.messages,
    [habits.limit]: request.maxOutputTokens,
    ...(habits.temperature && { temperature: 0 }),
    ...(habits.jsonMode && { response_format: { type: "json_object" } }),
  });
}

/** Null where no token is to be had. */
async function headersOf(place: ModelPlace, timeoutMs: number, signal: AbortSignal) {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await untilAborted(credentialHeaders(place), limit);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** What to do differently, or null where the answer stands. */
function learn(habits: Habits, result: OutboundResult): Habits | null {
  if (result.kind !== "response" || ![400, 422].includes(result.status)) return null;
  const error = readError(result);
  const names = (field: string) =>
    error?.param === field || (!error?.param && error?.message?.includes(`'${field}'`) === true);
  if (names("max_tokens") && habits.limit === "max_tokens")
    return { ...habits, limit: "max_completion_tokens" };
  if (names("temperature") && habits.temperature) return { ...habits, temperature: false };
  return names("response_format") && habits.jsonMode ? { ...habits, jsonMode: false } : null;
}
