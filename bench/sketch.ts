/**
 * A cached answer by hand: the steps of a full hit straight after each other (key, limit, request, statement, policy,
 * cache), with nothing that makes them hold in general.
 */
import { createHash, hash } from "node:crypto";

const WINDOW_MS = 60_000;
const MOST_CALLS = 1_000_000_000;
const TTL_MS = 300_000;

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

export type Sketch = (given: string, body: string) => readonly [status: number, text: string];

export function createSketch(key: string, sql: string, rows: string): Sketch {
  const keys = new Map([[digest(key), { owner: "bench", permissions: new Set(["query:run"]) }]]);
  const verdicts = new Map([[sql, { canonical: sql.toLowerCase(), tables: ["orders"] }]]);
  const policies = new Map([["bench", { fingerprint: "all", tables: new Set(["orders"]) }]]);
  const epochs = new Map([["orders", 1]]);
  const calls = new Map<string, { since: number; count: number }>();
  const keep = (rowsJson: string) => ({ rowsJson, bornAt: Date.now(), epoch: 1 });
  const results = new Map<string, ReturnType<typeof keep>>();
  let counted = 0;

  return (given, body) => {
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
  };
}
