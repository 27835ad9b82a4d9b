/** The SourceAdapter suite on the embedded database. */
// covers: SRC-05
import { describe } from "vitest";
import { createPgliteSource } from "../../shared/adapters/pglite/pglite-source.ts";
import { describeSourceAdapter } from "../contract/source-adapter-suite.ts";
import { makeDataDir } from "../support/databases.ts";
import { sourceFixture } from "../support/source-fixture.ts";

describe("the embedded source", () => {
  describeSourceAdapter(async () => {
    const folder = await makeDataDir(["source"]);
    let loaded = false;
    const adapter = createPgliteSource({
      sourceId: "embedded",
      dataDir: `${folder.path}/source`,
      schemas: ["public"],
      prepare: async (database) => {
        if (loaded) return;
        loaded = true;
        await database.run({ sql: sourceFixture, params: [], mode: "script" });
      },
    });
    return {
      adapter,
      close: async () => {
        await adapter.close();
        await folder.remove();
      },
    };
  });
});
