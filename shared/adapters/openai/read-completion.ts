/** From what came back over HTTP to a completion, or to why there is none. */
import * as z from "zod";
import type { Completion, CompletionFailure, TokenUsage } from "../../ask/llm-ports.ts";
import type { OutboundResult } from "../../outbound/ports.ts";

type Response = Extract<OutboundResult, { kind: "response" }>;

const Count = z.int().min(0);

const ChatCompletion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: Count, completion_tokens: Count }).nullish(),
});

const ErrorBody = z.object({
  error: z.object({
    code: z.union([z.string(), z.number()]).nullish(),
    param: z.string().nullish(),
    message: z.string().nullish(),
  }),
});
export type ProviderError = z.output<typeof ErrorBody>["error"];

export function readResult(result: OutboundResult): Completion {
  switch (result.kind) {
    case "refused":
      return failed("not_allowed", `the address may not be called: ${result.reason}`);
    case "unreachable":
      return { ...failed("unreachable", result.reason), billed: wasSent(result.reason) };
    case "timeout":
      return { ...failed("timeout", `no answer within ${result.latencyMs} ms`), billed: true };
    case "response":
      return result.status === 200 ? readCompletion(result) : readFailure(result);
  }
}

/** A connection that was never made took nothing; one that ended early may have ended after the prompt was taken. */
const wasSent = (reason: string): boolean => /closed|not valid HTTP/.test(reason);

/** The error that a provider describes, or null where the body is something else. */
export function readError({ body }: Response): ProviderError | null {
  return ErrorBody.safeParse(parseJson(body)).data?.error ?? null;
}

function readCompletion(response: Response): Completion {
  if (!/^application\/json\b/i.test(response.headers["content-type"] ?? ""))
    return { ...failed("bad_response", "the answer is not JSON"), billed: true };
  const parsed = ChatCompletion.safeParse(parseJson(response.body));
  const [choice] = parsed.data?.choices ?? [];
  if (choice === undefined)
    return { ...failed("bad_response", "the answer is not a chat completion"), billed: true };
  const usage = usageOf(parsed.data?.usage);
  const { content, refusal } = choice.message;
  const declined = Boolean(refusal) || choice.finish_reason === "content_filter";
  return declined || !content
    ? { kind: "declined", usage }
    : { kind: "text", text: content, usage };
}

function usageOf(usage: z.output<typeof ChatCompletion>["usage"]): TokenUsage | null {
  return usage
    ? { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens }
    : null;
}

function readFailure(response: Response): Completion {
  // Azure's filter in front of the model.
  if (response.status === 400 && readError(response)?.code === "content_filter")
    return { kind: "declined", usage: { promptTokens: 0, completionTokens: 0 } };
  return {
    ...failed(reasonOf(response.status), `status ${response.status}`),
    retryAfterSeconds: retryAfter(response.headers),
  };
}

function reasonOf(status: number): CompletionFailure {
  if (status === 401 || status === 403) return "unauthorised";
  if (status === 429) return "rate_limited";
  if (status >= 500) return "provider_error";
  return status >= 400 ? "bad_request" : "bad_response";
}

/** Seconds (RFC 9110, 10.2.3); a date is passed over. */
function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const text = headers["retry-after"] ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

export function failed(reason: CompletionFailure, detail: string) {
  return { kind: "failed", reason, detail, billed: false, retryAfterSeconds: null } as const;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
