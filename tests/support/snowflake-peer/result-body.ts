/** The bodies of answers to queries, in the shape that the driver reads. */
import type { Failure } from "./failures.ts";
import type { PeerQuery } from "./queries.ts";
import type { Answer } from "./statements.ts";

/** What cloud storage asks for with each chunk, besides its address. */
export const CHUNK_HEADERS = { "x-amz-server-side-encryption-customer-key": "cGVlcg==" } as const;

/** Session parameters that the driver reads values by; a statement's own come on top. */
const FORMATS: Readonly<Record<string, string | number | boolean>> = {
  TIMEZONE: "America/Los_Angeles",
  DATE_OUTPUT_FORMAT: "YYYY-MM-DD",
  TIME_OUTPUT_FORMAT: "HH24:MI:SS",
  TIMESTAMP_OUTPUT_FORMAT: "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
  TIMESTAMP_NTZ_OUTPUT_FORMAT: "YYYY-MM-DD HH24:MI:SS.FF3",
  TIMESTAMP_LTZ_OUTPUT_FORMAT: "",
  TIMESTAMP_TZ_OUTPUT_FORMAT: "",
  BINARY_OUTPUT_FORMAT: "HEX",
  JS_TREAT_INTEGER_AS_BIGINT: false,
};

export function resultBody(
  query: PeerQuery,
  { rowtype, rows }: Answer,
  { base, chunkRows }: { base: string; chunkRows: number },
) {
  const chunks = [];
  for (let number = 1; number * chunkRows < rows.length; number++) {
    const rowCount = Math.min(chunkRows, rows.length - number * chunkRows);
    chunks.push({
      url: `${base}/chunks/${query.id}/${number}`,
      rowCount,
      uncompressedSize: 1,
      compressedSize: 1,
    });
  }
  const known = { ...FORMATS, ...query.request.parameters };
  return {
    success: true,
    code: null,
    message: null,
    data: {
      queryId: query.id,
      parameters: Object.entries(known).map(([name, value]) => ({ name, value })),
      rowtype,
      rowset: rows.slice(0, chunkRows),
      total: rows.length,
      returned: rows.length,
      statementTypeId: 4_096,
      version: 1,
      queryResultFormat: "json",
      ...(chunks.length > 0 && { chunks, chunkHeaders: CHUNK_HEADERS, qrmk: null }),
    },
  };
}

export function inProgress(query: PeerQuery) {
  return {
    success: true,
    code: "333333",
    message: "Query execution in progress. Please wait for completion.",
    data: {
      queryId: query.id,
      getResultUrl: `/queries/${query.id}/result`,
      queryAbortsAfterSecs: 300,
    },
  };
}

export function queryFailed(query: PeerQuery, { code, sqlState, message, line, pos }: Failure) {
  return {
    success: false,
    code,
    message,
    data: {
      internalError: false,
      errorCode: code,
      age: 0,
      sqlState,
      queryId: query.id,
      line: line ?? -1,
      pos: pos ?? -1,
      type: line === undefined ? "EXECUTION" : "COMPILATION",
    },
  };
}
