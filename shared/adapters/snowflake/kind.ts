/** Snowflake as a kind of source. */
import { defineSourceKind, type SourceKind } from "../../sources/kinds.ts";
import { SnowflakeConfig, SnowflakeCredentials } from "./config.ts";

/** @param refuseUrl null when the account's own address may be called, else why not. */
export const snowflakeKind = (refuseUrl: (url: string) => string | null): SourceKind =>
  defineSourceKind({
    type: "snowflake",
    config: SnowflakeConfig,
    credentials: SnowflakeCredentials,
    connect: async (source) => {
      const { createSnowflakeSource } = await import("./snowflake-source.ts");
      return createSnowflakeSource({ ...source, refuseUrl });
    },
  });
