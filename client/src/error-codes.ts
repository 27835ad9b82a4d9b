/** Every error code that the server can answer, as a union a caller can switch over; a test holds it to the server's catalogue. */

export const serverErrorCodes = [
  "body_not_json",
  "request_invalid",
  "sql_syntax",
  "sql_parameters",
  "query_failed",
  "unauthenticated",
  "forbidden",
  "route_not_found",
  "model_not_found",
  "label_not_found",
  "source_not_found",
  "table_not_found",
  "query_not_found",
  "example_not_found",
  "key_not_found",
  "incident_not_found",
  "policy_not_found",
  "method_not_allowed",
  "model_retired",
  "model_conflict",
  "source_exists",
  "source_builtin",
  "rollback_impossible",
  "idempotency_in_progress",
  "idempotency_secret",
  "precondition_failed",
  "body_too_large",
  "content_type_unsupported",
  "sql_refused",
  "idempotency_reused",
  "rate_limited",
  "client_closed",
  "internal",
  "upstream_failed",
  "cache_miss",
  "source_unavailable",
  "overloaded",
  "metadata_unavailable",
  "starting",
  "query_timeout",
] as const;

export type ServerErrorCode = (typeof serverErrorCodes)[number];

/** What the SDK itself finds wrong: nothing answered, nothing answered in time, or something else answered. */
export type ClientErrorCode = "unreachable" | "timed_out" | "not_the_platform";
