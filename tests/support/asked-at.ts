/** The moment of asking, with the reader of dates that the product uses. */
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import type { Now } from "../../shared/ask/ports.ts";

const dates = await loadDateReader();

export const askedAt = (at: number): Now => ({ at, dates });
