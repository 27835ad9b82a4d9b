/** A language model as the question engine sees it, and what it may cost. Tokens are the provider's own. */

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface CompletionRequest {
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens: number;
  readonly timeoutMs: number;
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Why there is no answer; `billed` where the provider may count tokens for it all the same. */
export type CompletionFailure =
  /** The outbound policy does not let us call this address; nothing was sent. */
  | "not_allowed"
  | "unreachable"
  | "timeout"
  /** No token for the identity, or the provider did not take the credential. */
  | "unauthorised"
  | "rate_limited"
  /** 5xx. */
  | "provider_error"
  /** Another 4xx: a model or deployment that is not there, a prompt that is too long. */
  | "bad_request"
  /** What came back is not what the protocol says. */
  | "bad_response";

/** `usage` is null where the provider did not say. */
export type Completion =
  | { readonly kind: "text"; readonly text: string; readonly usage: TokenUsage | null }
  /** The model, or a filter before it, would not answer. */
  | { readonly kind: "declined"; readonly usage: TokenUsage | null }
  | {
      readonly kind: "failed";
      readonly reason: CompletionFailure;
      /** Safe for the log: a status or a sentence of ours, nothing of the far side. */
      readonly detail: string;
      readonly billed: boolean;
      /** As the provider asked for; null where it did not. */
      readonly retryAfterSeconds: number | null;
    };

export interface LanguageModel {
  /** Provider and model, as logs and versions name it: `azure-openai:gpt-4o`. */
  readonly name: string;
  /** Never throws for what the far side does; throws the signal's reason when the caller gave up. */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<Completion>;
}

/** Tokens set aside for one call. */
export interface Reservation {
  /** The UTC day they count for: `2026-03-01`. */
  readonly day: string;
  readonly tokens: number;
}

/**
 * What all instances together may use up in a day (UTC). Tokens are set aside before a call and replaced by what it
 * took afterwards, so that calls at the same time cannot exceed the limit together; an instance that dies in between
 * leaves its reservation standing for that day.
 */
export interface TokenBudget {
  /** Null where the day has fewer left. @throws AppError metadata_unavailable. */
  reserve(tokens: number, limit: number): Promise<Reservation | null>;
  /** Null for a call whose cost is not known: what was set aside counts. @throws AppError metadata_unavailable. */
  settle(reservation: Reservation, used: TokenUsage | null): Promise<void>;
}
