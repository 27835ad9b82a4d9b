/** The PolicyStore suite in memory and on both databases. */
// covers: POL-06
import { describe } from "vitest";
import { createMemoryPolicyStore } from "../../shared/adapters/memory/policy-store.ts";
import { createPolicyStore } from "../../shared/adapters/metadata/policy-store.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";
import { policyStoreSuite } from "./policy-store-suite.ts";

describe("PolicyStore in memory", () => policyStoreSuite(async () => createMemoryPolicyStore()));

onBothDatabases("PolicyStore", (db) =>
  policyStoreSuite(async () => {
    await db().deleteFrom("policies").execute();
    return createPolicyStore(db());
  }),
);
