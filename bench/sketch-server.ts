/**
 * A cached answer by hand, in a process of its own: the steps of a full hit straight after each other over node:http
 * (key, limit, request, statement, policy, cache), with nothing that makes them hold in general.
 */
import { createHash, hash } from "node:crypto";
import { createServer } from "node:http";

const [key = "", sql = "", rows = "[]"] = process.argv.slice(2);
const WINDOW_MS = 60_000;
const MOST_CALLS = 1_000_000_000;
const TTL_MS = 300_000;

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const keys = new Map([[digest(key), { owner: "bench", permissions: new Set(["query:run"]) }]]);
const verdicts = new Map([[sql, { canonical: sql.toLowerCase(), tables: ["orders"] }]]);
const policies = new Map([["bench", { fingerprint: "all", tables: new Set(["orders"]) }]]);
const epochs = new Map([["orders", 1]]);
const calls = new Map<string, { since: number; count: number }>();
const keep = (rowsJson: string) => ({ rowsJson, bornAt: Date.now(), epoch: 1 });
const results = new Map<string, ReturnType<typeof keep>>();
let counted = 0;

function answer(given: string, body: string): [number, string] {
  const principal = keys.get(digest(given));
  if (!principal?.permissions.has("query:run")) return [401, "{}"];
  const now = Date.now();
  const window = calls.get(principal.owner) ?? { since: now, count: 0 };
  if (now - window.since >= WINDOW_MS) Object.assign(window, { since: now, count: 0 });
  if (++window.count > MOST_CALLS) return [429, "{}"];
  calls.set(principal.owner, window);
  const request = JSON.parse(body) as { sql: string; source: string };
  if (typeof request.sql !== "string" || typeof request.source !== "string") return [400, "{}"];
  const verdict = verdicts.get(request.sql);
  if (verdict === undefined) return [422, "{}"];
  const policy = policies.get(principal.owner);
  if (!policy || !verdict.tables.every((table) => policy.tables.has(table))) return [404, "{}"];
  const parts = [verdict.canonical, [], request.source, policy.fingerprint, 1_000];
  const name = hash("sha256", JSON.stringify(parts));
  const found = results.get(name) ?? keep(rows);
  results.set(name, found);
  const fresh = now - found.bornAt < TTL_MS && found.epoch === epochs.get("orders");
  if (!fresh) return [500, "{}"];
  counted++;
  const head = JSON.stringify({
    query_id: `qry_${now}${counted}`,
    kind: "answer",
    source: request.source,
    sql: request.sql,
    params: [],
  });
  const tail = JSON.stringify({
    cache: { status: "hit", age_seconds: Math.round((now - found.bornAt) / 1_000) },
  });
  return [200, `${head.slice(0, -1)},"rows":${found.rowsJson},${tail.slice(1)}`];
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const given = request.headers["x-api-key"];
    const body = Buffer.concat(chunks).toString();
    const [status, text] = answer(typeof given === "string" ? given : "", body);
    const bytes = Buffer.from(text);
    const headers = { "content-type": "application/json", "content-length": bytes.byteLength };
    response.writeHead(status, headers);
    response.end(bytes);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
process.on("disconnect", () => process.exit(0));
