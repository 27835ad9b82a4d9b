/** The IncidentStore suite on memory and on PostgreSQL in this process. */
import { createMemoryIncidentStore } from "../../shared/adapters/memory/incident-store.ts";
import type { AlertTables } from "../../shared/adapters/metadata/alerts-tables.ts";
import { createIncidentStore } from "../../shared/adapters/metadata/incident-store.ts";
import { up } from "../../shared/adapters/metadata/migrations/0003-alerts.ts";
import { openPglite } from "../support/pglite-kysely.ts";
import { describeIncidentStore } from "./incident-store-suite.ts";

describeIncidentStore("memory", async () => ({
  store: createMemoryIncidentStore(),
  close: async () => {},
}));

describeIncidentStore("PGlite", async () => {
  const { db, close } = await openPglite<AlertTables>();
  await up(db as never);
  return { store: createIncidentStore(db), close };
});
