/** Collects the reasons a statement is refused for: all of them, each once, up to a bound. */
import type { RefusalReason } from "./ports.ts";

/** Enough to correct a statement in one go; a hostile one should not write a book. */
const MAX_REASONS = 10;

/** Names come from the statement and may be of any length. */
const MAX_NAME_LENGTH = 80;

export interface Refusals {
  readonly reasons: readonly RefusalReason[];
  add(rule: string, message: string): void;
}

export function createRefusals(): Refusals {
  const reasons: RefusalReason[] = [];
  return {
    reasons,
    add(rule, message) {
      if (reasons.length >= MAX_REASONS) return;
      if (reasons.some((reason) => reason.rule === rule && reason.message === message)) return;
      reasons.push({ rule, message });
    },
  };
}

/** A name from the statement, fit for a message. */
export function shown(name: string): string {
  return name.length <= MAX_NAME_LENGTH ? name : `${name.slice(0, MAX_NAME_LENGTH)}…`;
}
