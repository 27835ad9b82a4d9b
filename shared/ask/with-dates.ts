/** The one step at which a question meets the reader of its dates: what comes after it waits for nothing. */
import type { AskedInput, AskInput, DateReader } from "./ports.ts";

export async function withDates(
  input: AskInput,
  loadDates: () => Promise<DateReader>,
): Promise<AskedInput> {
  return { ...input, now: { at: input.now, dates: await loadDates() } };
}
