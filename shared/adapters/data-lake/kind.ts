/** A data lake as a kind of source. */
import { AppError } from "../../kernel/app-error.ts";
import { DataLakeConfig, DataLakeCredentials } from "../../lake/lake-config.ts";
import { defineSourceKind } from "../../sources/kinds.ts";

export const dataLakeKind = defineSourceKind({
  type: "data_lake",
  config: DataLakeConfig,
  credentials: DataLakeCredentials,
  connect: async (source) => {
    refuseTwoAccounts(source.config, source.credentials);
    const [{ createBlobLakeStore }, { createDataLakeSource }, { duckdbParser }] = await Promise.all(
      [
        import("../lake-blobs/blob-store.ts"),
        import("./data-lake-source.ts"),
        import("./duckdb-parser.ts"),
      ],
    );
    const store = await createBlobLakeStore(source);
    return createDataLakeSource({ ...source, store, parser: duckdbParser });
  },
});

/** A connection string names the account itself; everything else needs its address. */
function refuseTwoAccounts(config: DataLakeConfig, credentials: DataLakeCredentials): void {
  const needsUrl = credentials.kind !== "connection_string";
  if (needsUrl === (config.account_url !== undefined)) return;
  const message = needsUrl
    ? "must be given with these credentials"
    : "must be left out, since the connection string names the account";
  throw new AppError("request_invalid", `/config/account_url: ${message}`, {
    fields: [{ pointer: "/config/account_url", message }],
  });
}
