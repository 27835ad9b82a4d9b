/** What the language model was asked in a day, and what it took. Forward only. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("language_model_days")
    .addColumn("day", "text", (column) => column.primaryKey())
    .addColumn("calls", "bigint", (column) => column.notNull())
    .addColumn("prompt_tokens", "bigint", (column) => column.notNull())
    .addColumn("completion_tokens", "bigint", (column) => column.notNull())
    // Of calls under way, and of calls whose cost was never told.
    .addColumn("reserved_tokens", "bigint", (column) => column.notNull())
    .execute();
}
