/** The dashboard: reads the REST contract with the visitor's key and shows it; data enters the page as text only. */

const API = "/api";
const REFRESH_MS = 5_000;
const MAX_SHOWN_ROWS = 200;
const KEY_SLOT = "mcp-api-key";

const byId = (id) => document.getElementById(id);

// ---- page pieces ---------------------------------------------------------------------------

/** `el("td", { class: "right" }, "text", child)`: text becomes text nodes, never markup. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(
    ...children
      .filter((child) => child !== null && child !== undefined)
      .map((child) => (child instanceof Node ? child : String(child))),
  );
  return node;
}

const tag = (text, tone = "") => el("span", { class: `tag ${tone}` }, text);
const quiet = (text) => el("p", { class: "quiet" }, text);

const shown = new Map();
/** Replaces a panel only when its data changed: open details and text selections survive a refresh. */
function show(id, data, render) {
  const print = JSON.stringify(data);
  if (shown.get(id) === print) return;
  shown.set(id, print);
  const open = new Set(
    [...byId(id).querySelectorAll("details[open]")].map((node) => node.dataset.id),
  );
  byId(id).replaceChildren(...[render(data)].flat());
  for (const node of byId(id).querySelectorAll("details")) node.open = open.has(node.dataset.id);
}

function when(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  const text = today
    ? date.toLocaleTimeString([], { hour12: false })
    : date.toLocaleDateString([], { month: "short", day: "numeric" });
  return el("time", { datetime: iso, title: date.toLocaleString() }, text);
}

const ms = (value) =>
  value >= 10_000
    ? `${(value / 1_000).toFixed(1)} s`
    : `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} ms`;
const percent = (part) => (part === null ? "–" : `${(part * 100).toFixed(part === 1 ? 0 : 1)} %`);
const plural = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
const levelTone = {
  healthy: "good",
  degraded: "warn",
  unhealthy: "bad",
  failing: "warn",
  unknown: "",
};

// ---- the server ----------------------------------------------------------------------------

/** The value, or a thrown `{ status, message }` in plain words with the request id. */
async function call(path, init = {}) {
  let response;
  try {
    const headers = {
      accept: "application/json",
      "x-api-key": sessionStorage.getItem(KEY_SLOT) ?? "",
      ...init.headers,
    };
    response = await fetch(API + path, {
      ...init,
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(init.patience ?? 15_000),
    });
  } catch (error) {
    const message =
      error.name === "TimeoutError"
        ? "The server did not answer in time."
        : "The server cannot be reached; trying again.";
    throw { status: 0, message };
  }
  const type = response.headers.get("content-type") ?? "";
  const body = /json/.test(type) ? await response.json().catch(() => null) : null;
  // An unhealthy platform answers 503 with its health, which is no problem document.
  if (body !== null && (response.ok || !type.startsWith("application/problem+json"))) return body;
  throw { status: response.status, message: inWords(response, body) };
}

function inWords(response, problem) {
  const id = problem?.instance ?? response.headers.get("x-request-id");
  const faults = (problem?.errors ?? []).map((fault) => fault.message);
  const more = faults.length > 1 ? ` ${faults.join("; ")}.` : "";
  const text =
    problem === null
      ? `The server answered ${response.status} without saying why.`
      : `${problem.title}. ${problem.detail}${more}`;
  return id ? `${text} (request ${id})` : text;
}

// ---- panels --------------------------------------------------------------------------------

function renderComponents(components) {
  const items = components.map(({ name, status, evidence, latency_ms }) =>
    el(
      "li",
      null,
      el("span", { class: `dot ${levelTone[status]}` }),
      el("strong", null, name),
      el("span", { class: "quiet" }, ms(latency_ms)),
      el("p", { class: "under" }, `${status}: ${evidence}`),
    ),
  );
  return el("ul", { class: "rows" }, ...items);
}

function renderModels({ models, endpoints }) {
  if (models.length === 0) return quiet("No models yet: mcp register examples/model_config.yaml");
  const health = new Map((endpoints ?? []).map((endpoint) => [endpoint.model_id, endpoint]));
  const items = models.map((model) => {
    const endpoint = health.get(model.model_id);
    const state =
      model.status === "retired"
        ? "retired"
        : (endpoint?.state ?? (endpoints === null ? "health not seen" : "not checked"));
    const labels = Object.entries(model.labels).map(([name, version]) =>
      tag(`${name} → ${version}`),
    );
    return el(
      "li",
      null,
      el("span", { class: `dot ${levelTone[endpoint?.state] ?? ""}` }),
      el("strong", null, model.model_id),
      el("span", { class: "quiet" }, `v${model.latest_version} · ${model.backend}`),
      el(
        "p",
        { class: "under" },
        endpoint ? `${state}: ${endpoint.evidence}` : state,
        endpoint?.checked_at ? " · " : null,
        endpoint?.checked_at ? when(endpoint.checked_at) : null,
      ),
      labels.length > 0 ? el("p", { class: "under tags" }, ...labels) : null,
    );
  });
  return el("ul", { class: "rows" }, ...items);
}

function renderCache(stats) {
  const sources = Object.entries(stats.by_source).map(([source, counts]) => {
    const meter = el(
      "div",
      { class: "meter", role: "img", "aria-label": `${percent(counts.hit_rate)} hits` },
      el("i"),
    );
    meter.style.setProperty("--part", `${(counts.hit_rate ?? 0) * 100}%`);
    return el(
      "li",
      null,
      el("span"),
      el("strong", null, source),
      el("span", null, percent(counts.hit_rate)),
      meter,
      el(
        "p",
        { class: "under" },
        `${plural(counts.hits, "hit")}, ${plural(counts.misses, "miss").replace("misss", "misses")}, ${counts.bypasses} bypassed`,
      ),
    );
  });
  const here = stats.this_instance;
  const size = `${(here.bytes / 1_048_576).toFixed(1)} of ${Math.round(here.max_bytes / 1_048_576)} MiB`;
  return [
    sources.length > 0 ? el("ul", { class: "rows" }, ...sources) : quiet("Nothing asked yet."),
    el(
      "p",
      { class: "attempts" },
      `This instance holds ${plural(here.entries, "result")}, ${size}; ${here.evictions} evicted.`,
    ),
  ];
}

const outcomeTone = { answer: "good", clarify: "warn", abstain: "warn" };

function renderHistory(items) {
  if (items.length === 0) return quiet("No queries yet.");
  const heads = [
    ["Time", "w-time"],
    ["Question or SQL", ""],
    ["Outcome", "w-outcome"],
    ["Cache", "w-cache"],
    ["Rows", "w-number right"],
    ["Took", "w-number right"],
  ];
  const rows = items.map((item) => {
    const text = item.question ?? item.sql ?? "";
    return el(
      "tr",
      null,
      el("td", { class: "quiet c-time" }, when(item.at)),
      el("td", { title: item.sql ?? text, class: item.question === null ? "mono" : null }, text),
      el(
        "td",
        { title: item.outcome },
        tag(item.outcome.replaceAll("_", " "), outcomeTone[item.outcome] ?? "bad"),
      ),
      el("td", { class: "quiet c-cache" }, item.cache_status ?? "–"),
      el("td", { class: "right" }, item.row_count ?? "–"),
      el("td", { class: "right" }, ms(item.duration_ms)),
    );
  });
  return el(
    "table",
    { class: "flush fixed" },
    el(
      "thead",
      null,
      el(
        "tr",
        null,
        ...heads.map(([name, width]) => el("th", { scope: "col", class: width }, name)),
      ),
    ),
    el("tbody", null, ...rows),
  );
}

const severityTone = { critical: "bad", error: "bad", warning: "warn", info: "" };
const deliveryTone = { sent: "good", pending: "warn", dead: "bad" };

function renderIncidents(items) {
  if (items.length === 0) return quiet("No incidents.");
  return el("ul", { class: "rows" }, ...items.map(renderIncident));
}

function renderIncident(incident) {
  const open = incident.state === "open";
  const spans = open
    ? [when(incident.opened_at)]
    : [when(incident.opened_at), " – ", when(incident.resolved_at ?? incident.opened_at)];
  const told = incident.deliveries.map(({ channel, state, event }) =>
    tag(`${channel} ${event}: ${state}`, deliveryTone[state]),
  );
  const attempts = incident.deliveries.flatMap(({ channel, event, attempts: tries, reason }) => [
    ...tries.map((attempt) =>
      el("li", null, when(attempt.at), ` ${channel} ${event}: ${attempt.outcome}`),
    ),
    ...(reason === null || reason === tries.at(-1)?.outcome
      ? []
      : [el("li", null, `${channel} ${event}: ${reason}`)]),
  ]);
  const evidence = Object.entries(incident.evidence).map(([name, value]) =>
    el("li", null, `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`),
  );
  return el(
    "li",
    null,
    el("span", { class: `dot ${open ? severityTone[incident.severity] : "good"}` }),
    el("strong", null, incident.summary),
    tag(
      open ? `${incident.severity}, open` : "resolved",
      open ? severityTone[incident.severity] : "good",
    ),
    el("p", { class: "under" }, incident.rule, " · ", ...spans),
    el(
      "details",
      { class: "under", "data-id": incident.incident_id },
      el(
        "summary",
        null,
        el("span", { class: "visually-hidden" }, "Deliveries: "),
        ...spaced(told.length > 0 ? told : [tag("nobody told yet")]),
      ),
      el("ul", { class: "attempts" }, ...evidence, ...attempts),
    ),
  );
}

const spaced = (nodes) => nodes.flatMap((node, index) => (index === 0 ? [node] : [" ", node]));

function renderFigures({ health, models, cache, history, incidents }) {
  const figure = (name, value, note, tone = "") =>
    el(
      "div",
      null,
      el("dt", null, name),
      el("dd", { class: tone }, value, el("small", null, note)),
    );
  const endpoints = health?.models ?? [];
  const well = endpoints.filter((endpoint) => endpoint.state === "healthy").length;
  const open = (incidents ?? []).filter((incident) => incident.state === "open").length;
  const times = (history ?? []).map((item) => item.duration_ms).sort((a, b) => a - b);
  const quantile = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
  const ill = (health?.components ?? [])
    .filter((component) => component.status !== "healthy")
    .map((component) => component.name);
  return [
    figure(
      "Platform",
      health?.status ?? "–",
      ill.length > 0
        ? ill.join(", ")
        : health
          ? `${plural(health.components.length, "component")} well`
          : "not seen",
      levelTone[health?.status],
    ),
    figure(
      "Model endpoints",
      endpoints.length === 0 ? "–" : `${well} / ${endpoints.length}`,
      models ? `${plural(models.length, "model")} registered` : "not seen",
      endpoints.length > well ? "warn" : "",
    ),
    figure(
      "Cache hit rate",
      percent(cache?.total.hit_rate ?? null),
      cache ? `${plural(cache.total.hits + cache.total.misses, "look-up")}` : "not seen",
    ),
    figure(
      "Median query",
      times.length === 0 ? "–" : ms(quantile(0.5)),
      times.length === 0 ? "none yet" : `95 % within ${ms(quantile(0.95))}, last ${times.length}`,
    ),
    figure(
      "Open incidents",
      incidents ? open : "–",
      incidents ? (open > 0 ? "see below" : "all quiet") : "not seen",
      open > 0 ? "bad" : "",
    ),
  ];
}

// ---- asking --------------------------------------------------------------------------------

async function ask(question) {
  byId("ask").disabled = true;
  try {
    const source = byId("source").value;
    const body = JSON.stringify({
      question,
      explain: true,
      format: "arrays",
      ...(source !== "" && { source }),
    });
    const answer = await call("/query", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
      patience: 60_000,
    });
    byId("answer").replaceChildren(...renderAnswer(answer));
  } catch (error) {
    if (error.status === 401) return signIn("The key is no longer valid.");
    byId("answer").replaceChildren(
      el("p", { class: "error" }, error.message ?? "Something went wrong in this page."),
    );
  } finally {
    byId("ask").disabled = false;
  }
  refresh();
}

/** What an option would show: its one value, or how many rows. */
function shownBy(preview) {
  if (preview === undefined) return null;
  const { row_count: rows, columns, first_row: first, truncated } = preview;
  if (rows === 1 && columns.length === 1 && first !== null) return `: ${String(first[0])}`;
  return `: ${rows}${truncated ? " or more" : ""} row${rows === 1 ? "" : "s"}`;
}

function renderAnswer(answer) {
  if (answer.kind === "clarify") {
    const options = answer.options.map((option) => {
      const button = el(
        "button",
        { type: "button", class: "option", title: option.sql },
        option.question,
        shownBy(option.preview),
      );
      button.addEventListener("click", () => {
        byId("question").value = option.question;
        ask(option.question);
      });
      return button;
    });
    return [
      el("p", { class: "restatement" }, "Which do you mean?"),
      quiet(answer.reason),
      el("div", null, ...options),
    ];
  }
  if (answer.kind === "abstain")
    return [
      el("p", { class: "restatement" }, "This cannot be answered from the data."),
      quiet(answer.reason),
    ];
  const params = answer.params.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`);
  return [
    answer.restatement ? el("p", { class: "restatement" }, answer.restatement) : null,
    el("p", { class: "tags" }, ...answerTags(answer)),
    el("pre", null, answer.sql, params.length > 0 ? `\n${params.join("   ")}` : null),
    renderRows(answer),
    ...answer.suggestions.map((hint) => quiet(hint)),
  ].filter((node) => node !== null);
}

function answerTags({ provenance, confidence, cache, row_count, truncated, timing_ms, source }) {
  const old =
    cache.status === "hit" || cache.status === "stale"
      ? `, ${Math.round(cache.age_seconds)} s old`
      : "";
  const sure = provenance === "verified" || confidence >= 0.8 ? "good" : "warn";
  return [
    tag(`${provenance}, ${Math.round(confidence * 100)} % sure`, sure),
    tag(`cache ${cache.status}${old}`, cache.status === "hit" ? "good" : ""),
    tag(truncated ? `first ${plural(row_count, "row")}` : plural(row_count, "row")),
    tag(ms(timing_ms.total)),
    tag(source),
  ];
}

function renderRows({ columns, rows }) {
  const numeric = columns.map(
    (_, at) =>
      rows.some((row) => row[at] !== null) &&
      rows.every((row) => row[at] === null || /^-?\d+(\.\d+)?$/.test(String(row[at]))),
  );
  const side = (at) => (numeric[at] ? "right" : "");
  const cell = (value, at) =>
    value === null
      ? el("td", { class: `null ${side(at)}` }, "null")
      : el("td", { class: side(at) }, typeof value === "object" ? JSON.stringify(value) : value);
  const head = el(
    "tr",
    null,
    ...columns.map((column, at) =>
      el("th", { scope: "col", class: side(at), title: column.type }, column.name),
    ),
  );
  const body = rows.slice(0, MAX_SHOWN_ROWS).map((row) => el("tr", null, ...row.map(cell)));
  const table = el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Result rows" },
    el("table", null, el("thead", null, head), el("tbody", null, ...body)),
  );
  return rows.length > MAX_SHOWN_ROWS
    ? el("div", null, table, quiet(`The first ${MAX_SHOWN_ROWS} of ${rows.length} rows are shown.`))
    : table;
}

// ---- refreshing ----------------------------------------------------------------------------

const reads = {
  health: "/health",
  models: "/models?limit=100",
  cache: "/cache/stats",
  history: "/query/history?limit=25",
  incidents: "/alerts/incidents?limit=20",
};

const panels = ["components", "models", "cache", "history", "incidents"];
let timer = 0;
let round = 0;

async function refresh() {
  clearTimeout(timer);
  if (document.hidden || sessionStorage.getItem(KEY_SLOT) === null) return;
  const mine = ++round;
  const names = Object.keys(reads);
  const results = await Promise.allSettled(names.map((name) => call(reads[name])));
  // A newer round, or a sign-out, overtook this one.
  if (mine !== round) return;
  const failures = results
    .filter((result) => result.status === "rejected")
    .map((result) => result.reason);
  if (failures.some((failure) => failure.status === 401))
    return signIn("The server does not accept this key: it is unknown, revoked or expired.");
  const data = Object.fromEntries(names.map((name, at) => [name, results[at].value]));
  const errors = Object.fromEntries(names.map((name, at) => [name, results[at].reason]));
  paintBoard(data, errors);
  paintBar(data.health, failures);
  timer = setTimeout(refresh, REFRESH_MS);
}

function paintBoard(data, errors) {
  // While the server is away the last facts stay, under a notice that says so.
  const panel = (id, name, value, render) => {
    if (value !== undefined) show(id, value, render);
    else if (errors[name].status !== 0) show(id, errors[name].message, (message) => quiet(message));
  };
  panel("components", "health", data.health?.components, renderComponents);
  panel(
    "models",
    "models",
    data.models && { models: data.models.items, endpoints: data.health?.models ?? null },
    renderModels,
  );
  panel("cache", "cache", data.cache, renderCache);
  panel("history", "history", data.history?.items, renderHistory);
  panel("incidents", "incidents", data.incidents?.items, renderIncidents);
  if (Object.values(errors).some((error) => error?.status === 0)) return;
  show(
    "figures",
    {
      health: data.health,
      models: data.models?.items,
      cache: data.cache,
      history: data.history?.items,
      incidents: data.incidents?.items,
    },
    renderFigures,
  );
}

function paintBar(health, failures) {
  const lost = failures.find((failure) => failure.status === 0 || failure.status >= 500);
  byId("notice").hidden = lost === undefined;
  if (byId("notice").textContent !== (lost?.message ?? ""))
    byId("notice").textContent = lost?.message ?? "";
  const pill = byId("overall");
  pill.hidden = health === undefined;
  pill.className = `pill ${levelTone[health?.status] ?? ""}`;
  if (health !== undefined && pill.textContent !== health.status) pill.textContent = health.status;
  if (health !== undefined)
    byId("updated").textContent =
      `version ${health.version} · updated ${new Date().toLocaleTimeString([], { hour12: false })}`;
  document.title =
    health === undefined || health.status === "healthy"
      ? "MCP Platform"
      : `${health.status} · MCP Platform`;
}

async function listSources() {
  const { items } = await call("/sources").catch(() => ({ items: [] }));
  byId("source").replaceChildren(
    ...items.map(({ source_id }) => el("option", { value: source_id }, source_id)),
  );
  byId("source").hidden = items.length < 2;
}

// ---- the key -------------------------------------------------------------------------------

function signIn(message = "") {
  round++;
  clearTimeout(timer);
  sessionStorage.removeItem(KEY_SLOT);
  shown.clear();
  for (const id of [...panels, "figures", "answer", "updated"]) byId(id).replaceChildren();
  for (const id of ["board", "overall", "notice", "sign-out"]) byId(id).hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-error").textContent = message;
  byId("api-key").value = "";
  byId("api-key").focus();
}

function start() {
  byId("sign-in").hidden = true;
  byId("sign-out").hidden = false;
  byId("board").hidden = false;
  for (const id of panels) show(id, "loading", () => quiet("Loading…"));
  listSources();
  refresh();
}

byId("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = byId("api-key").value.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) return signIn("That does not look like a key.");
  sessionStorage.setItem(KEY_SLOT, key);
  start();
});
byId("sign-out").addEventListener("click", () => signIn());
byId("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(byId("question").value.trim());
});
document.addEventListener("visibilitychange", refresh);

if (sessionStorage.getItem(KEY_SLOT) === null) signIn();
else start();
