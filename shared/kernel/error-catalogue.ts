/** Every error the platform can answer: code → status, title, whether trying again can help, and what to do. */

export interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  /** True when the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  /** What the caller can do about it; published in docs/errors.md. */
  readonly doc: string;
}

const entry = (status: number, title: string, doc: string, retryable = false): ErrorEntry => ({
  status,
  title,
  retryable,
  doc,
});

export const errorCatalogue = {
  body_not_json: entry(
    400,
    "The body is not valid JSON",
    "Send one JSON value in UTF-8, without duplicate keys; the detail says where reading stopped.",
  ),
  request_invalid: entry(
    400,
    "The request is not valid",
    "Mend every field named under `errors`; each pointer is a JSON Pointer into the request.",
  ),
  sql_syntax: entry(
    400,
    "The SQL does not parse",
    "The detail and `errors` name the line and column.",
  ),
  sql_parameters: entry(
    400,
    "The parameters do not fit the statement",
    "Send one value for each of $1 … $n.",
  ),
  query_failed: entry(
    400,
    "The data source refused the statement",
    "The statement parsed and was allowed, but the source could not run it; the detail is the source's own message, and for an unknown column names the nearest.",
  ),
  unauthenticated: entry(
    401,
    "No valid credential",
    "Send an API key as `X-API-Key` or `Authorization: Bearer`. Unknown, revoked and expired keys get this same answer.",
  ),
  forbidden: entry(
    403,
    "Not permitted",
    "The credential is valid but lacks the permission that the detail names.",
  ),
  route_not_found: entry(404, "No such route", "See GET /api/docs for the routes."),
  model_not_found: entry(404, "No such model or version", "See GET /api/models."),
  label_not_found: entry(404, "No such label", "See GET /api/models/{id}/labels."),
  source_not_found: entry(
    404,
    "No such data source",
    "The source does not exist or this credential may not see it; see GET /api/sources.",
  ),
  table_not_found: entry(
    404,
    "No such table",
    "The table does not exist or this credential may not see it; the detail lists the nearest names that it may see, and where the name stands.",
  ),
  query_not_found: entry(
    404,
    "No such query",
    "Queries are kept for a limited time; see GET /api/query/history.",
  ),
  example_not_found: entry(404, "No such example", "See GET /api/query/examples."),
  key_not_found: entry(404, "No such key", "See GET /api/keys."),
  policy_not_found: entry(404, "No such policy", "See GET /api/policies."),
  semantic_model_not_found: entry(
    404,
    "No semantic model",
    "The source has none: GET /api/sources/{id}/semantic-model/draft proposes one, PUT saves it.",
  ),
  incident_not_found: entry(404, "No such incident", "See GET /api/alerts/incidents."),
  job_not_found: entry(404, "No such job", "See GET /api/query/jobs, which lists your own."),
  method_not_allowed: entry(
    405,
    "Method not allowed",
    "The `Allow` header lists the methods of this route.",
  ),
  model_retired: entry(
    409,
    "The model is retired",
    "Its history stays readable; register a new model_id, or a new version to bring it back.",
  ),
  model_conflict: entry(
    409,
    "The model changed meanwhile",
    "Another change was made at the same time; read the model again and repeat.",
    true,
  ),
  source_exists: entry(
    409,
    "A source of this name exists",
    "Choose another source_id, or delete the old source first.",
  ),
  source_conflict: entry(
    409,
    "The source changed meanwhile",
    "Another change was made at the same time; look at the source and repeat.",
    true,
  ),
  source_overprivileged: entry(
    422,
    "The credential may do more than read",
    "`errors` names each privilege. Register the source with a login that may only read, or change SOURCE_PRIVILEGES.",
  ),
  source_builtin: entry(
    409,
    "The source is built in",
    "Built-in sources come with the installation and cannot be changed over the API.",
  ),
  rollback_impossible: entry(
    409,
    "Nothing to roll back to",
    "The label has not pointed at an earlier version.",
  ),
  job_not_finished: entry(
    409,
    "The job is not done",
    "Look at GET /api/query/jobs/{id} until its status is `succeeded`.",
    true,
  ),
  job_failed: entry(
    409,
    "The job has no rows",
    "It failed or was cancelled; GET /api/query/jobs/{id} says why under `error`.",
  ),
  job_expired: entry(
    410,
    "The job's rows were removed",
    "Rows are kept for a day, or until DELETE /api/query/jobs/{id}. Submit the job again.",
  ),
  example_conflict: entry(
    409,
    "The question has another verified answer",
    "The detail names the example. Send `replace: true` to put the new SQL in its place.",
  ),
  feedback_conflict: entry(
    409,
    "You have said something else of this answer",
    "Feedback is given once for each query. Verify the question with POST /query/examples, or remove its example.",
  ),
  idempotency_in_progress: entry(
    409,
    "The same request is still running",
    "Wait for the first one to end, then repeat.",
    true,
  ),
  idempotency_secret: entry(
    409,
    "Already done, and the secret is shown only once",
    "The first request with this Idempotency-Key made the resource; use it, or make another with a new key.",
  ),
  precondition_failed: entry(
    412,
    "The resource changed",
    "Read it again and send its current ETag.",
  ),
  body_too_large: entry(413, "The body is too large", "The detail names the limit."),
  content_type_unsupported: entry(
    415,
    "The content type is not supported",
    "Send `Content-Type: application/json`.",
  ),
  sql_refused: entry(
    422,
    "The statement is not allowed",
    "`errors` gives each reason. Only a single reading statement over permitted functions runs.",
  ),
  idempotency_reused: entry(
    422,
    "The Idempotency-Key was used for another request",
    "Use a new key for a new request.",
  ),
  rate_limited: entry(429, "Too many requests", "Wait for `Retry-After` seconds.", true),
  client_closed: entry(499, "The caller went away", "Nobody reads this; it is counted."),
  internal: entry(
    500,
    "Something went wrong on our side",
    "Report the `instance` id; the logs hold the reason.",
  ),
  job_lost: entry(
    500,
    "The job was begun and never ended",
    "Every instance that ran it went away. Narrow the statement or write fewer rows; the logs around its times hold more.",
  ),
  upstream_failed: entry(502, "A system behind us failed", "The detail names it.", true),
  cache_miss: entry(
    504,
    "Not in the cache",
    "`Cache-Control: only-if-cached` was asked and the answer is not cached.",
    true,
  ),
  source_unavailable: entry(
    503,
    "The data source cannot be reached",
    "The detail names the source.",
    true,
  ),
  overloaded: entry(503, "Too busy", "Wait for `Retry-After` seconds.", true),
  metadata_unavailable: entry(
    503,
    "The metadata database cannot be reached",
    "The platform's own database does not answer. It is tried again with every request; if it stays away, see to the database.",
    true,
  ),
  starting: entry(503, "Not ready yet", "Wait a moment; GET /api/health/ready turns 200.", true),
  query_timeout: entry(
    504,
    "The query took too long",
    "It was cancelled on the server. Narrow it, or raise `timeout_ms` within its limit.",
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
