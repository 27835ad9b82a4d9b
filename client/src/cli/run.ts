/** How a command's work is handed to commander, and the checks its arguments share. */
import { InvalidArgumentError } from "commander";
import type { Listing } from "../listing.ts";
import type { ExitCode } from "./failure.ts";
import type { Session } from "./session.ts";

export type Work<A extends unknown[]> = (
  session: Session,
  ...args: A
) => Promise<ExitCode | undefined>;

/** Wraps work into an action: it opens the session and keeps the exit code. */
export type Run = <A extends unknown[]>(work: Work<A>) => (...args: A) => Promise<void>;

/** An option's parser: a whole number of at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,12}$/.test(text) || Number(text) < min)
      throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
    return Number(text);
  };
}

/** An option's parser for options that may be given several times. */
export function collected(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** The first `limit` items, or all, as one page. */
export async function gather<T>(
  listing: Listing<T>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ items: T[] }> {
  const items: T[] = [];
  for await (const item of listing) {
    items.push(item);
    if (items.length >= limit) break;
  }
  return { items };
}
