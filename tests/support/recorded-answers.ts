/** Answers as the contract shapes them, for tests of the client side. */

export const queryAnswer = {
  query_id: "qry_1",
  kind: "answer",
  source: "demo",
  question: "Show me active jobs for today",
  sql: "SELECT id, title, pay FROM jobs WHERE day = $1",
  params: ["2026-11-22"],
  provenance: "verified",
  confidence: 0.97,
  restatement: "Active jobs whose day is 2026-11-22.",
  columns: [
    { name: "id", type: "integer" },
    { name: "title", type: "text" },
    { name: "pay", type: "numeric" },
  ],
  rows: [
    [1, "Nurse", "1250.50"],
    [22, null, "9.00"],
  ],
  row_count: 2,
  truncated: false,
  cache: { status: "hit", age_seconds: 4.2 },
  timing_ms: { total: 12.3 },
  suggestions: ["Add an index on jobs(day)."],
};

const doubt = {
  query_id: "qry_2",
  source: "demo",
  question: "top?",
  confidence: 0.4,
  timing_ms: { total: 3 },
};
export const clarifyAnswer = {
  ...doubt,
  kind: "clarify",
  reason: "“top” may mean pay or age.",
  options: [
    { question: "Jobs with the highest pay", sql: "SELECT 1", params: [] },
    {
      question: "Newest jobs",
      sql: "SELECT 2",
      params: [],
      preview: {
        row_count: 12,
        truncated: false,
        columns: ["id", "title"],
        first_row: [1, "Nurse"],
      },
    },
    {
      question: "How many jobs",
      sql: "SELECT 3",
      params: [],
      preview: { row_count: 1, truncated: false, columns: ["count"], first_row: [40] },
    },
  ],
};
export const abstainAnswer = {
  ...doubt,
  kind: "abstain",
  reason: "Nothing here is about the weather.",
};

export const modelSummary = {
  model_id: "sales-forecaster",
  backend: "custom",
  description: null,
  status: "active",
  latest_version: 3,
  labels: { production: 2 },
  created_at: "2026-11-20T08:00:00Z",
  updated_at: "2026-11-22T15:44:21.123Z",
};

export const modelStatus = {
  model_id: "sales-forecaster",
  version: 3,
  status: "active",
  health: {
    state: "healthy",
    evidence: "GET /health answered 200",
    latency_ms: 8,
    checked_at: "2026-11-22T15:44:21Z",
  },
};

const counts = { hits: 30, misses: 10, bypasses: 1, stores: 10, hit_rate: 0.75 };
export const cacheStats = {
  total: counts,
  by_source: { demo: counts },
  misses_by_reason: { absent: 10 },
  this_instance: { entries: 10, bytes: 20_480, max_bytes: 1_048_576, evictions: 0 },
};

export const keyInfo = {
  key_id: "key_1",
  owner: "ops",
  hint: "mcp_local_abcd…wxyz",
  permissions: ["query:run"],
  roles: ["viewer"],
  sources: null,
  created_at: "2026-11-20T08:00:00Z",
  expires_at: null,
  is_active: true,
  last_used: null,
  usage_count: 7,
};

export const health = {
  status: "healthy",
  at: "2026-11-22T15:44:21Z",
  version: "0.1.0",
  components: [
    { name: "metadata", status: "healthy", evidence: "SELECT 1 answered", latency_ms: 1.2 },
  ],
  models: [],
};
