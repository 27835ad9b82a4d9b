/** Every promise of the mission and the contract as an id: built ones are cited by tests, planned ones are counted. */

export interface Requirement {
  readonly id: string;
  readonly promise: string;
  /** Where it was promised. */
  readonly source: string;
  readonly status: "built" | "planned";
}

type Row = readonly [id: string, promise: string, status?: "planned"];

const from = (source: string, rows: readonly Row[]): Requirement[] =>
  rows.map(([id, promise, status]) => ({ id, promise, source, status: status ?? "built" }));

const http = from("contract: Common", [
  [
    "HTTP-01",
    "A malformed request is refused with a status and a stable code, and the next one is served",
  ],
  [
    "HTTP-02",
    "Errors are RFC 9457 problems with code and instance; none shows a stack, a path or a secret",
  ],
  ["HTTP-03", "Validation reports every issue with its JSON Pointer"],
  ["HTTP-04", "X-Request-Id is on every answer; a fitting one from the caller is kept"],
  ["HTTP-05", "traceparent is honoured: the platform's spans join the caller's trace", "planned"],
  [
    "HTTP-06",
    "GET /api/openapi.json is OpenAPI 3.1, made from the definitions; GET /api/docs is a page of it",
  ],
  ["HTTP-07", "An unknown route is 404, a wrong method 405 with Allow, both as problems"],
  ["HTTP-08", "Idempotency-Key on a POST that creates has one effect and refuses another body"],
  ["HTTP-09", "Lists take limit and cursor and answer { items, nextCursor }"],
  ["HTTP-10", "Error catalogue, docs/errors.md and the client's union are the same codes"],
  ["HTTP-11", "Ids are prefixed and sort by time; canonical JSON and digests are stable"],
  [
    "HTTP-12",
    "RateLimit, RateLimit-Policy and X-RateLimit-* headers, 429 with Retry-After",
    "planned",
  ],
]);

const jobs = from("contract: Query jobs, and architecture: State", [
  ["JOB-01", "What is refused is refused at submit; others' jobs and wrong ids are the same 404"],
  ["JOB-02", "A job runs once at a time under a fenced lease, however often its message comes"],
  [
    "JOB-03",
    "A death at any line ends in a finished job, a job run again, or a failure with its reason",
  ],
  ["JOB-04", "Cancelling a running job ends its statement on the server"],
  ["JOB-05", "A job runs with the rights that its owner has when it runs"],
  ["JOB-06", "Rows are removed after their time or by their owner, and the job says so"],
  ["JOB-07", "Rows come as NDJSON, CSV (RFC 4180) or Parquet, with every value exact"],
  ["JOB-08", "What an export holds in memory has a bound, however many rows it has"],
  ["JOB-09", "mcp export writes a file whole or not at all; Ctrl-C cancels the job on the server"],
]);

const models = from("contract: Models and versions", [
  [
    "REG-01",
    "POST /models/register takes the model configuration and answers id, version, digest, status",
  ],
  ["REG-02", "The same configuration again is 200 with the same version"],
  [
    "REG-03",
    "A changed configuration is a new, immutable version; parallel registrations leave no gap",
  ],
  [
    "REG-04",
    "Models and versions are listed and read; GET /models/{id}/versions/{n} gives the configuration",
  ],
  ["REG-05", "DELETE /models/{id} retires and history stays"],
  ["REG-06", "Labels point at versions and move only from where the writer thought they were"],
  ["REG-07", "Rollback moves a label to where it pointed before"],
  ["REG-08", "The history of a model is a ledger in order, with who and why"],
  ["REG-09", "{id}@{label} and {id}@{n} resolve wherever a model is named"],
  ["REG-10", "?at=<time> answers what it was then"],
  ["REG-11", "GET /models/{id}/status tells the health of its endpoint"],
  ["REG-12", "JSON Schemas for input and output are checked when they are registered"],
  ["REG-13", "The registry is PostgreSQL or PGlite through Kysely, with the same promises on both"],
  ["REG-14", "Migrations go forward under a lock, at start and as npm run migrate"],
  ["REG-15", "Artifacts: upload ticket, PUT, complete verifies SHA-256, download", "planned"],
  ["REG-16", "POST /models/{id}/predict through the model's backend", "planned"],
  ["REG-17", "POST /models/{id}/predict/batch", "planned"],
  ["REG-18", "GET /models/{id}/metrics", "planned"],
  ["REG-19", "A/B traffic split between versions, with shadow and canary", "planned"],
  ["REG-20", "Drift of inputs and predictions is detected and alerted", "planned"],
  ["REG-21", "Predictions are logged and joined with what came true", "planned"],
  ["REG-22", "Training data is drawn through the query path", "planned"],
  [
    "REG-23",
    "An upgrade from each earlier schema loses nothing, and the release before it can go on writing",
  ],
]);

const query = from("contract: Query", [
  ["QRY-01", "POST /query answers a question with rows, the SQL it ran, confidence and provenance"],
  ["QRY-02", "POST /query runs SQL with parameters, which are never read as SQL"],
  ["QRY-03", "clarify (with options) and abstain (with the reason) are 200 without rows"],
  ["QRY-04", "A refused statement is 422 sql_refused with every reason"],
  ["QRY-05", "A syntax error is 400 sql_syntax with line and column"],
  ["QRY-06", "A source that the caller may not see is the same 404 as a missing one"],
  ["QRY-07", "A time-out is 504 query_timeout, and the statement is ended in the source"],
  ["QRY-08", "Row and byte budgets hold, and `truncated` is exact"],
  ["QRY-09", "Values come back as JSON of their type; no number is rounded"],
  ["QRY-10", "Cache-Control no-cache, no-store and only-if-cached are honoured"],
  ["QRY-11", "POST /query/explain gives the plan and never executes a write"],
  ["QRY-12", "GET /query/history lists queries with outcome and duration"],
  ["QRY-13", "POST, GET, DELETE /query/examples: verified question → SQL"],
  ["QRY-14", "A caller who goes away ends the statement"],
  ["QRY-15", "Query jobs: start, look, fetch rows, cancel"],
  ["QRY-16", "GET /query/slow", "planned"],
  [
    "QRY-17",
    "POST /query/{query_id}/feedback: bound to the question that query answered, once per caller, over all instances",
  ],
  ["QRY-18", "Query tests: define, run, read runs", "planned"],
  ["QRY-19", "Optimisation advice with cost, from the plan and the history", "planned"],
  [
    "QRY-31",
    "An example is tried out before it is saved, has one answer per question, and is refused with pointers",
  ],
  ["QRY-32", "An example whose tables or columns changed is not used until it is verified again"],
  [
    "QRY-33",
    "GET /query/examples/suggestions: one's own frequent unverified answers; everybody's for an admin",
  ],
  ["QRY-34", "No example is used for or shown to a caller whose policy forbids what it reads"],
  ["QRY-20", "A forbidden table is the same 404 as a missing one"],
  ["QRY-21", "An unknown table or column is answered with its place and the nearest names seen"],
]);

const guard = from("issue 2: query; architecture: one way a query travels", [
  [
    "SQL-01",
    "Statements are parsed by PostgreSQL's own parser and judged by an allow-list over every node",
  ],
  [
    "SQL-02",
    "Functions are allowed from PostgreSQL's catalogue; what writes, waits or reaches out is refused",
  ],
  ["SQL-03", "Each statement runs alone in a read-only transaction over the extended protocol"],
  ["SQL-04", "The guard never throws, and outlives statements that overrun the parser"],
  ["SQL-05", "Equal statements have one canonical form; different ones never share it"],
  ["SQL-06", "The Snowflake guard allows reads of its dialect and refuses everything else"],
  ["SQL-07", "A Snowflake statement that lexer and grammar read differently is refused"],
  ["SQL-08", "A policy takes the place of each table of a Snowflake statement, or nothing runs"],
  [
    "SQL-09",
    "Attribute notation calls no function of the source's users: the catalogue tells names that are both from columns",
  ],
  ["ASK-01", "Verified examples with typed slots answer their like at once"],
  [
    "ASK-02",
    "Schema linking answers select, filter, count and group over tables it was never shown",
  ],
  ["ASK-03", "It abstains when it does not know, and names the word"],
  ["ASK-04", "It asks back when there are several readings"],
  ["ASK-05", "Values of a question become parameters, never text of the SQL"],
  [
    "ASK-06",
    "Most first questions over the sample source are right, and none is wrong with confidence",
  ],
  ["ASK-31", "A near-miss of a verified question is never answered with its SQL"],
  ["ASK-32", "One confirmation answers the next paraphrase, with its own values"],
  ["ASK-33", "One confirmation changes nothing on unrelated questions"],
  [
    "ASK-34",
    "An answered question becomes a template: slots for what it says, literals for the rest",
  ],
  [
    "ASK-07",
    "A network of our own reads questions; the run time computes what its training code computed",
  ],
  ["ASK-08", "Whatever the network may write is a program that becomes SQL the guard allows"],
  [
    "ASK-10",
    "Of several keys between two tables the one that the question names is joined on and said; where it names none, one option for each is offered",
  ],
  [
    "ASK-11",
    "An answer says where its joins count rows several times, and where they leave rows out",
  ],
  [
    "ASK-12",
    "Dates and periods in the words of business mean what people mean, in UTC, and plain numbers stay numbers",
  ],
  ["ASK-09", "Where rules and network differ, the surer one answers, and doubt is told"],
  [
    "ASK-21",
    "What the rules read becomes programs that the network could have written, with the rows of the rules' own SQL",
  ],
  [
    "ASK-35",
    "Verified examples like a question suggest programs over its own values, and none over values it does not say",
  ],
  [
    "ASK-41",
    "Options of a question back differ in result; where all agree and are likely enough together, that is the answer",
  ],
  ["ASK-42", "A reading that its caller may not or cannot run is never offered, nor named"],
  [
    "ASK-43",
    "Comparing readings stays within the caller's policies, cache, turns and time, runs nothing where statements are billed, and ends with the request",
  ],
]);

const evaluation = from("issue 4: evaluation; docs/evaluation.md", [
  [
    "EVAL-01",
    "Two results are the same exactly by the published rule: bags of rows, any order of columns, row order where asked for",
  ],
  [
    "EVAL-02",
    "Any set of questions runs over DDL with CSV, SQLite files or PostgreSQL dumps, through the guard and the adapter",
  ],
  [
    "EVAL-03",
    "Figures come with n and 95 % intervals, and two reports are compared question by question",
  ],
  [
    "EVAL-04",
    "200 business questions over the sample source have golds that run and mean one result; half are near no example",
  ],
]);

const languageModel = from("issue 4: LLM port; design: question to SQL", [
  ["LLM-01", "A language model is asked as OpenAI, compatible servers and Azure OpenAI want it"],
  [
    "LLM-02",
    "It is off by default, and asked only where the embedded engine is in doubt or less sure than a threshold",
  ],
  ["LLM-03", "Whatever goes wrong with it, the embedded engine's own outcome is answered"],
  ["LLM-04", "All instances together keep one daily limit of tokens"],
  ["LLM-05", "Orders hidden in comments, values, examples or questions lead to guarded reads only"],
  [
    "LLM-06",
    "It is told nothing that the caller may not see, and its SQL is restated, not its reasons",
  ],
]);

const semantic = from("issue 4: semantic model, value linking; design: nl2sql", [
  [
    "SEM-01",
    "PUT, GET and DELETE /sources/{id}/semantic-model: the same model is the same version, a changed one the next",
  ],
  [
    "SEM-02",
    "Metrics and filters are single expressions over one table's columns; all else in their SQL is refused",
  ],
  [
    "SEM-03",
    "Synonyms, metrics, named filters, roles and default times answer questions that names alone do not",
  ],
  [
    "SEM-04",
    "No answer is served by a model that is not in force: its version is in every key of memory and cache",
  ],
  ["SEM-05", "What does not fit the source is refused with a pointer and the nearest names"],
  ["SEM-06", "A draft is made of the catalogue, and takes no right answer away"],
  ["SEM-07", "Cortex and Wren models are taken over; verified queries become verified examples"],
  ["SEM-08", "mcp sources semantic-model: show, draft, save, import, remove"],
  [
    "VAL-01",
    "The value index of a source lists its text columns' values, bounded in number, rows and time",
  ],
  [
    "VAL-02",
    "Persons' data, secrets, keys and prose are left out by name and by content, unless told otherwise",
  ],
  ["VAL-03", "Values are read behind the schema, once in an hour, whatever the questions"],
  [
    "VAL-04",
    "No caller is shown values of masked columns or filtered tables, nor definitions over hidden columns",
  ],
]);

const cache = from("contract: Cache; architecture: state", [
  ["CACHE-01", "The second ask of the same is a hit with the same rows"],
  ["CACHE-02", "POST /cache/lookup never executes"],
  ["CACHE-03", "GET /cache/stats counts hits, misses and why, over all instances"],
  [
    "CACHE-04",
    "POST /cache/invalidate makes results over these tables stale on every instance, and others not",
  ],
  ["CACHE-05", "A result computed before an invalidation is never served after it"],
  [
    "CACHE-06",
    "Two requests share a result only if SQL, parameters, source, rights, versions and limits are the same",
  ],
  ["CACHE-07", "What depends on time, session or chance is not cached"],
  ["CACHE-08", "Memory is bounded by bytes, least recently used out first"],
  ["CACHE-09", "Equal queries at the same time run once"],
  ["CACHE-10", "A shared cache in Redis or Upstash, with the same contract suite"],
  ["CACHE-11", "Stale answers while the result is computed anew"],
  [
    "CACHE-12",
    "In no order of reads, writes, invalidations, deaths, lost answers and clock jumps is a row served that is older than the freshness window, or to another principal",
  ],
  [
    "CACHE-13",
    "Change tokens tell of rows, definitions and row policies; with the change triggers, in the writer's own transaction",
  ],
  ["CACHE-14", "Equal misses on several instances run once; a leader's death costs its lease"],
  ["CACHE-15", "A shared cache that is away or silent costs 50 ms once, and comes back by itself"],
  [
    "CACHE-17",
    "Redis is signed in to with Entra ID, and again on the open connection before the token ends",
  ],
  [
    "CACHE-18",
    "A query may name the registered model it is made for: it is logged, and counted per source and model in statistics and metrics, exact over all instances, without another key or answer",
  ],
  ["CACHE-16", "What is too large to keep, or cannot be verified, passes through and says so"],
]);

const sources = from("contract: Sources; issue 2: sample source", [
  [
    "SRC-01",
    "POST /sources registers PostgreSQL; credentials are write-only and encrypted at rest",
  ],
  [
    "SRC-02",
    "GET /sources and GET /sources/{id}/schema by detail show only what the credential may see",
  ],
  ["SRC-03", "POST /sources/{id}/check says with evidence whether it answers"],
  ["SRC-04", "POST /sources/{id}/refresh reads the schema anew; DELETE removes the source"],
  ["SRC-05", "PostgreSQL and the embedded database keep the same promises as a source"],
  [
    "SRC-06",
    "The sample source has at least 8 related tables and 50,000 rows, from a seed, relative to today",
  ],
  ["SRC-07", "Snowflake as a source"],
  ["SRC-08", "Azure Data Lake as a source"],
  [
    "LAKE-01",
    "DuckDB's SQL: one reading statement over permitted functions and tables of the source",
  ],
  ["LAKE-02", "DuckDB's SQL: what it lets through runs, and no call makes a value without bounds"],
  ["LAKE-04", "The lake's rows stream within an exact budget, and rounded numbers there are none"],
  [
    "LAKE-05",
    "A query on the lake ends by time, by its caller or by itself and leaves nothing behind",
  ],
  ["LAKE-06", "No query on the lake reads a file, a setting or a system that is not a table of it"],
  ["LAKE-07", "Tables of the lake: patterns, discovery, Hive partitions, odd names, changed files"],
  [
    "LAKE-08",
    "The lake's files are kept within a limit, shared by processes, fetched no more than needed",
  ],
  ["LAKE-09", "What is wrong with a lake is said in a sentence that names the table and no secret"],
  ["LAKE-03", "DuckDB's SQL: a restricted query can stand in for each table of a statement"],
  [
    "SRC-09",
    "Rows stream at the reader's pace, with exact truncation, and a reader may stop anywhere",
  ],
  ["SRC-10", "A source tells by change tokens which tables may have changed"],
  ["SRC-11", "A privilege probe says what a credential could do beyond reading"],
  [
    "SRC-12",
    "Statements on a source take turns: bounded, fair between callers, 429 and 503 with Retry-After",
  ],
  [
    "SRC-13",
    "A source that does not answer opens a circuit, which closes when a check was answered",
  ],
  [
    "SRC-14",
    "A kind of source is added by one folder and one line; docs/adding-a-source.md shows it",
  ],
  ["SRC-15", "Credentials and the master key are rotated without downtime"],
  ["SRC-16", "A source's own limits of rows, bytes and time bound every query"],
  [
    "SRC-17",
    "A PostgreSQL source signs in with a managed identity's token, anew for each connection, to Azure alone and over TLS",
  ],
  [
    "SRC-18",
    "A PostgreSQL connection that the server ended while it was idle is replaced; no statement runs twice",
  ],
  ["SNOW-01", "Snowflake statements are bounded and cancelled on the server, over the real driver"],
  [
    "SNOW-02",
    "Snowflake sessions log in by key pair, are kept, and are replaced when the server forgets them",
  ],
  ["SNOW-03", "Snowflake's driver prints nothing, and no error holds a key or a token"],
]);

const health = from("contract: Operations; issue 2: health check", [
  ["HEALTH-01", "GET /health tells components and models with evidence; 503 when unhealthy"],
  ["HEALTH-02", "GET /health/live and GET /health/ready"],
  ["HEALTH-03", "A timer asks every model's endpoint; once per slot however many instances run"],
  [
    "HEALTH-04",
    "The third failure in a row opens an incident, the second success in a row resolves it",
  ],
  [
    "HEALTH-05",
    "Outgoing calls refuse private, loopback and link-local addresses unless allowed by configuration",
  ],
  ["HEALTH-06", "Outgoing calls connect to the address that was checked, also when a name rebinds"],
  ["HEALTH-07", "No redirect leads into a refused address"],
]);

const alerts = from("contract: Operations; issue 2: alert dispatch", [
  [
    "ALERT-01",
    "A dead model endpoint leads to exactly one delivered alert, and its recovery to one more",
  ],
  ["ALERT-02", "Slack, email, PagerDuty, Teams and signed webhooks are delivered to"],
  ["ALERT-03", "Every attempt of a delivery carries the same idempotency key"],
  [
    "ALERT-04",
    "Failures are retried with back-off through the queue, no sooner than the receiver asks",
  ],
  [
    "ALERT-05",
    "What cannot be delivered ends in the poison queue with a reason, and is recorded and shown",
  ],
  ["ALERT-06", "GET /alerts/incidents shows each notice with its attempts"],
  ["ALERT-07", "POST /alerts/test takes the real path"],
  [
    "ALERT-08",
    "One condition is one incident, however many notice it at once, and a flapping one does not flood",
  ],
  ["ALERT-09", "A notice survives the death of the process and of the queue"],
  ["ALERT-10", "Content cannot inject markup, headers or recipients"],
  ["ALERT-11", "Alert rules: GET, POST, PATCH, DELETE /alerts/rules", "planned"],
  [
    "ALERT-12",
    "Default rules slow_query, error_rate, cache_miss_rate, concurrent_queries",
    "planned",
  ],
  [
    "ALERT-15",
    "A source whose cache misses too much is one incident over all instances, by the exact counters, until it is well below the limit",
  ],
  ["ALERT-13", "POST /alerts/silences", "planned"],
  ["ALERT-14", "POST /alerts/simulate", "planned"],
]);

const access = from("contract: Access; issue 2: keys", [
  ["KEY-01", "A key is mcp_, the environment, 256 random bits and a checksum"],
  ["KEY-02", "Keys are stored hashed and shown once"],
  [
    "KEY-03",
    "X-API-Key or Authorization: Bearer; unknown, revoked and expired keys get the same 401",
  ],
  ["KEY-04", "Every route states its permission; the default is deny"],
  ["KEY-05", "GET /keys and GET /keys/info tell owner, times, use and rights, and no secret"],
  ["KEY-06", "Rotation gives a new key with the same rights and ends the old one after its grace"],
  ["KEY-07", "A revoked key is refused within seconds on every instance"],
  ["KEY-08", "Nobody grants more than they hold: permissions, roles, sources"],
  ["KEY-09", "BOOTSTRAP_ADMIN_KEY, or one made at the first local start and kept with mode 0600"],
  ["KEY-10", "A key in the query string is refused and appears in no log"],
  ["KEY-11", "Built-in roles are sets of permissions"],
  ["KEY-13", "A key's own limits of rows, bytes and time bound its queries and the keys it makes"],
  ["KEY-12", "rate_limit per key, and limits per principal and route", "planned"],
  ["ACCESS-01", "Sign-in with Entra ID: JWT validation, roles from claims", "planned"],
  ["ACCESS-02", "Policies: row filters, column masks, table grants per role"],
  ["ACCESS-03", "GET /audit and GET /audit/verify: a chain that shows tampering", "planned"],
  ["ACCESS-04", "GET /access/can-i", "planned"],
  ["ACCESS-05", "Roles of one's own (RBAC)", "planned"],
]);

const policies = from(
  "mission: policies; sql_policy.json; behaviours.json: RLS, CACHE-06, CACHE-16",
  [
    [
      "POL-01",
      "No subquery, view, CTE, join, alias, TABLE or star shows a hidden table, row, column or value",
    ],
    ["POL-02", "What is allowed gives exactly what a restricted view written by hand gives"],
    [
      "POL-03",
      "Masked columns decide no condition, join, group or order unless the policy says so",
    ],
    [
      "POL-04",
      "Row filters take the principal's attributes as bound values; a missing one matches no row",
    ],
    ["POL-05", "No condition of the caller's is tried on a row that the filter hides"],
    ["POL-06", "GET, PUT and DELETE /policies; one that does not plan on its source is not saved"],
    [
      "POL-07",
      "A saved policy holds at once on this instance and within five seconds on every other",
    ],
    ["POL-08", "Schemas, values, estimates, examples and errors tell nothing of what is hidden"],
    [
      "POL-09",
      "Callers share a cached answer only where their policies and attributes come to the same",
    ],
    [
      "POL-10",
      "A forbidden table is answered as a missing one, with the nearest names of those seen",
    ],
    [
      "POL-11",
      "Policies hold over a data lake: grants, columns, row filters and masks in DuckDB's SQL",
    ],
    ["POL-12", "Policies hold over Snowflake: grants, columns, row filters and masks in its SQL"],
  ],
);

const operations = from("contract: Operations; house style: config, logs", [
  [
    "OPS-01",
    "A busy port, a broken setting and a damaged data folder each give one clear sentence",
  ],
  ["OPS-02", "Bad settings fail at load: every bad key is named and no value is shown"],
  ["OPS-03", "Settings, local.settings.example.json and their descriptions are the same keys"],
  ["OPS-04", "The dashboard is served and needs nothing but the REST contract"],
  ["OPS-05", "GET /metrics in Prometheus text", "planned"],
  ["OPS-06", "GET /analytics/summary and what the dashboard needs", "planned"],
  ["OPS-07", "Traces, metrics and logs in Application Insights", "planned"],
  ["OPS-08", "Settings equal the Bicep app settings"],
  ["OPS-09", "The dashboard works in a browser, by keyboard and screen reader", "planned"],
]);

const protocol = from("contract: Model Context Protocol", [
  ["MCP-01", "POST /api/mcp speaks both eras of the protocol", "planned"],
  ["MCP-02", "Protected-resource metadata and the authorization bridge for Entra ID", "planned"],
  ["MCP-03", "Tools for query, schema, models and health over the one query path", "planned"],
]);

const clients = from("contract: Command line; architecture: client", [
  [
    "SDK-01",
    "The client sends keys, retries as told, repeats a creating call with its Idempotency-Key",
  ],
  ["SDK-02", "The client's errors carry the whole problem and tell strangers' answers apart"],
  ["CLI-01", "mcp register, list-models, get-stats"],
  ["CLI-02", "mcp query and mcp sql show rows as a table, or raw with --json"],
  ["CLI-03", "mcp keys, sources, alerts, examples, cache"],
  ["CLI-04", "mcp doctor says what is wrong and what to do"],
  ["CLI-05", "Exit codes are stable"],
  [
    "CLI-06",
    "Key and server from option, environment or the local start's file; the key is never echoed",
  ],
  ["CLI-07", "No cell of a result can break the table or command the terminal"],
  ["CLI-08", "mcp query-data: training data as CSV, JSON or Parquet to a file", "planned"],
  ["CLI-09", "mcp log-predictions", "planned"],
  ["CLI-10", "Progress on a terminal and none in a pipe", "planned"],
]);

const host = from("issue 2: a newcomer, the local host", [
  [
    "HOST-01",
    "npm start prints the functions, the dashboard, the key and a first request that works",
  ],
  ["HOST-02", "Ctrl-C stops all it started; a start after it, or after kill -9, finds its data"],
  ["HOST-03", "The very bundle that ships is loaded through an emulated @azure/functions-core"],
  ["HOST-04", "Route templates, prefix, methods, 404 and 405 are the real host's"],
  ["HOST-05", "Bodies are streamed both ways, and a client that leaves is survived"],
  ["HOST-06", "NCRONTAB timers with schedule status, past-due rule and runOnStartup"],
  ["HOST-07", "POST /admin/functions/{name} runs a function by hand"],
  [
    "HOST-08",
    "Queues: batch size, visibility time-out, dequeue count and poison queue of host.json",
  ],
  ["HOST-09", "Output bindings send to queues"],
  ["HOST-10", "A stop drains: what runs may end, nothing new is taken"],
  ["HOST-11", "Unknown trigger types, colliding routes and bad host.json are clear errors"],
  [
    "HOST-12",
    "local.settings.json is read as func start reads it, and the example works once copied",
  ],
  ["HOST-13", "npm run dev starts anew on change"],
  [
    "HOST-14",
    "The Functions Node worker registers the same functions from dist/main.mjs",
    "planned",
  ],
]);

const shipping = from("issue 2: judged by; mission: deploy", [
  ["DEPLOY-01", "The entry chunk holds no vendor SDK"],
  ["DEPLOY-02", "Loading the bundle connects to nothing, writes nothing, leaves nothing running"],
  [
    "DEPLOY-03",
    "The five capabilities are Functions with their triggers, registered once from data",
  ],
  ["DEPLOY-04", "Bicep and azd deploy it all, with no stored secret"],
  ["DEPLOY-05", "Cosmos DB for the append-only volume, with the same contract suite", "planned"],
  [
    "DEPLOY-06",
    "Managed identity to PostgreSQL, storage and Redis; secrets in Key Vault",
    "planned",
  ],
  [
    "DEPLOY-07",
    "The metadata database takes an Entra ID token per connection in place of a password",
  ],
  ["DEPLOY-08", "npm run package: one folder and a zip, the same bytes each time, at most 10 MB"],
  [
    "DEPLOY-09",
    "The package does the main job without node_modules, and says why if it cannot start",
  ],
  ["DEPLOY-10", "The package carries a bill of materials and the licences of all that is in it"],
  [
    "DEPLOY-11",
    "Snowflake is set up by scripts that may run again: key pair, network policy, views, policies, limits",
  ],
  ["DEPLOY-12", "Workflows pin every action, grant each job only what it needs, attest releases"],
  [
    "ARCH-01",
    "Imports point as the architecture says, without a cycle; size budgets hold; no `any`",
  ],
  ["DOC-01", "Every command of the README runs in CI"],
  ["DOC-02", "Operations, security and architecture name only what exists"],
  ["PERF-01", "Module load of the bundle at most 40 ms over @azure/functions and zod", "planned"],
  ["PERF-02", "A cached query at 0.25 or more of bare node:http's requests per second", "planned"],
  [
    "PERF-03",
    "An uncached SELECT 1 adds at most 150 µs to bare http and pg at the median",
    "planned",
  ],
]);

export const requirements: readonly Requirement[] = [
  ...http,
  ...models,
  ...query,
  ...jobs,
  ...guard,
  ...evaluation,
  ...languageModel,
  ...semantic,
  ...cache,
  ...sources,
  ...health,
  ...alerts,
  ...access,
  ...policies,
  ...operations,
  ...protocol,
  ...clients,
  ...host,
  ...shipping,
];
