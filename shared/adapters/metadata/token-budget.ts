/** The day's tokens in PostgreSQL: one row for all instances, changed by one statement at a time. */
import { sql } from "kysely";
import type { TokenBudget } from "../../ask/llm-ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { MetadataDatabase } from "./database.ts";

export function createTokenBudget(db: MetadataDatabase, clock: Clock): TokenBudget {
  return {
    reserve: async (tokens, limit) => {
      if (tokens > limit) return null;
      const day = new Date(clock.now()).toISOString().slice(0, 10);
      // The row is locked while it is judged: of two instances that want the rest, one gets it.
      const row = await db
        .insertInto("language_model_days")
        .values({
          day,
          calls: 1,
          prompt_tokens: 0,
          completion_tokens: 0,
          reserved_tokens: tokens,
        })
        .onConflict((conflict) =>
          conflict
            .column("day")
            .doUpdateSet({
              calls: sql<number>`language_model_days.calls + 1`,
              reserved_tokens: sql<number>`language_model_days.reserved_tokens + excluded.reserved_tokens`,
            })
            .where(
              sql<boolean>`language_model_days.prompt_tokens + language_model_days.completion_tokens
                + language_model_days.reserved_tokens + excluded.reserved_tokens <= ${limit}`,
            ),
        )
        .returning("day")
        .executeTakeFirst();
      return row === undefined ? null : { day, tokens };
    },
    settle: async ({ day, tokens }, used) => {
      if (used === null) return;
      await db
        .updateTable("language_model_days")
        .set({
          prompt_tokens: sql<number>`prompt_tokens + ${used.promptTokens}`,
          completion_tokens: sql<number>`completion_tokens + ${used.completionTokens}`,
          reserved_tokens: sql<number>`reserved_tokens - ${tokens}`,
        })
        .where("day", "=", day)
        .execute();
    },
  };
}
