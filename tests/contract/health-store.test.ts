/** The HealthStore suite on memory and on PostgreSQL in this process. */
import { createMemoryHealthStore } from "../../shared/adapters/memory/health-store.ts";
import { createHealthStore } from "../../shared/adapters/metadata/health-store.ts";
import type { HealthTables } from "../../shared/adapters/metadata/health-tables.ts";
import { up } from "../../shared/adapters/metadata/migrations/0004-health.ts";
import { openPglite } from "../support/pglite-kysely.ts";
import { describeHealthStore } from "./health-store-suite.ts";

describeHealthStore("memory", async () => ({
  store: createMemoryHealthStore(),
  close: async () => {},
}));

describeHealthStore("PGlite", async () => {
  const { db, close } = await openPglite<HealthTables>();
  await up(db as never);
  return { store: createHealthStore(db), close };
});
