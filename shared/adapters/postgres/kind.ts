/** PostgreSQL as a kind of source. */
import { defineSourceKind } from "../../sources/kinds.ts";
import { PostgresConfig, PostgresCredentials } from "./config.ts";

export const postgresKind = defineSourceKind({
  type: "postgres",
  config: PostgresConfig,
  credentials: PostgresCredentials,
  connect: async (source) => {
    const { createPostgresSource } = await import("./postgres-source.ts");
    return createPostgresSource(source);
  },
});
