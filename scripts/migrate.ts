/** Brings the metadata database of the configured environment up to date; safe to run twice and at the same time. */
import { migrate } from "../shared/adapters/metadata/database.ts";
import { openConfiguredDatabase } from "../shared/compose-database.ts";
import { readConfig } from "../shared/config.ts";

const database = await openConfiguredDatabase(readConfig(), (error) =>
  console.error(error.message),
);
try {
  const applied = await migrate(database);
  console.log(
    applied.length > 0 ? `Applied: ${applied.join(", ")}.` : "The database is up to date.",
  );
} finally {
  await database.destroy();
}
