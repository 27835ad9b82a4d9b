/** Questions and SQL, their plans and their history. */
import { page } from "../shared/contract/common.ts";
import {
  ExplainAnswer,
  HistoryItem,
  HistoryQuery,
  QueryRequest,
  QueryResponse,
} from "../shared/contract/query.ts";
import { may } from "../shared/http/serve-http.ts";
import { parseCacheControl } from "../shared/query/cache-control.ts";
import { explainQuery } from "../shared/query/explain-query.ts";
import { renderOutcome } from "../shared/query/render-answer.ts";
import { runQuery } from "../shared/query/run-query.ts";
import { defineHttp } from "./define.ts";
import { toPage } from "./views/page.ts";
import { toHistoryItem } from "./views/query.ts";

const tag = "Query";
const run = { permission: "query:run" } as const;

export const query = defineHttp({
  name: "query",
  method: "POST",
  route: "query",
  tag,
  access: run,
  idempotency: "check",
  repeats: true,
  summary: "Ask a question or run one reading SQL statement",
  input: { body: QueryRequest },
  output: QueryResponse,
  handle: async (deps, { body, header }, ctx) => {
    const outcome = await runQuery(deps, body, parseCacheControl(header("cache-control")), ctx);
    return { body: renderOutcome(outcome, body) };
  },
});

export const explain = defineHttp({
  name: "query-explain",
  method: "POST",
  route: "query/explain",
  tag,
  access: run,
  idempotency: "none",
  summary: "The plan of a question or statement; it is not executed",
  input: { body: QueryRequest },
  output: ExplainAnswer,
  handle: async (deps, { body }, ctx) => ({ body: await explainQuery(deps, body, ctx) }),
});

export const history = defineHttp({
  name: "query-history",
  method: "GET",
  route: "query/history",
  tag,
  access: run,
  idempotency: "none",
  summary: "Your queries, newest first; an admin sees everybody's",
  input: { query: HistoryQuery },
  output: page(HistoryItem),
  handle: async (deps, { query: filter }, ctx) => {
    const { principal } = ctx;
    const rows = await deps.queryLog.list({
      principal: may(principal, "admin") ? null : principal.id,
      sourceId: filter.source ?? null,
      sources: principal.sources === "all" ? null : [...principal.sources],
      limit: filter.limit + 1,
      beforeId: filter.cursor ?? null,
    });
    return { body: toPage(rows, filter.limit, (row) => row.queryId, toHistoryItem) };
  },
});
