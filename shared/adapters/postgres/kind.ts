/** PostgreSQL as a kind of source. */
import { defineSourceKind, type SourceKind } from "../../sources/kinds.ts";
import { PostgresConfig, PostgresCredentials } from "./config.ts";
import { signInOf, type TokenSource } from "./sign-in.ts";

/** @param tokens access tokens of a managed identity for a database. */
export const postgresKind = (tokens: TokenSource): SourceKind =>
  defineSourceKind({
    type: "postgres",
    config: PostgresConfig,
    credentials: PostgresCredentials,
    connect: async ({ sourceId, config, credentials, onIdleError }) => {
      const signIn = signInOf(sourceId, config, credentials, tokens);
      const { createPostgresSource } = await import("./postgres-source.ts");
      return createPostgresSource({ sourceId, config, signIn, onIdleError });
    },
  });
