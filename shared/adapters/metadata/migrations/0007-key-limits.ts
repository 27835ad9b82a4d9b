/** What each query of a key may take. Forward only. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("api_keys").addColumn("limits", "jsonb").execute();
}
