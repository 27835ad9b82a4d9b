/** What the guard and the policies cost a statement, beside parsing it alone: `node bench/policy.ts`. */
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";
import type { AllowedStatement } from "../shared/sql/ports.ts";
import { createSqlGuard } from "../shared/sql/sql-guard.ts";
import { grant, openPolicies, principal } from "../tests/support/policy-bench.ts";

const column = (name: string) => ({ name, type: "text", nullable: true });
const schema: SourceSchema = {
  version: "bench",
  tables: ["orders", "customers"].map((name) => ({
    schema: "public",
    name,
    kind: "table" as const,
    columns: ["id", "customer_id", "status", "amount", "created_at", "region", "name", "email"].map(
      column,
    ),
    primaryKey: [],
    foreignKeys: [],
  })),
};

const MORE =
  " AND (o.amount > 30 OR o.status IN ('open', 'void', 'sent') OR c.region = 'latam') AND c.name NOT LIKE 'test%' AND o.created_at < date '2026-01-01'";
const part = (i: number, more = "") =>
  `SELECT o.id, c.name, sum(o.amount) AS total_${i}, count(*) FILTER (WHERE o.status = 'paid') AS paid FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.created_at >= date '2025-01-01' AND c.region IN ('emea', 'apac', 'amer') AND (o.amount BETWEEN 10 AND 20 OR o.status LIKE 'op%')${more} GROUP BY o.id, c.name HAVING count(*) > ${i}`;
const sized = (bytes: number) => {
  let sql = part(0, MORE);
  for (let i = 1; sql.length + part(i).length + 11 <= bytes; i++) sql += ` UNION ALL ${part(i)}`;
  return `${sql} LIMIT 1`;
};

/** Medians of microseconds per call, every kind of work in turn: a busy machine slows all of them alike. */
async function microseconds<K extends string>(
  kinds: Readonly<Record<K, (sql: string) => unknown>>,
  texts: readonly string[],
): Promise<Record<K, number>> {
  const names = Object.keys(kinds) as K[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (const text of texts)
    for (const name of names) {
      const started = performance.now();
      const work = kinds[name](text);
      if (work instanceof Promise) await work;
      times.get(name)?.push((performance.now() - started) * 1_000);
    }
  const median = (name: K): number => {
    const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
    return Math.round((sorted[sorted.length >> 1] ?? 0) * 10) / 10;
  };
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Record<K, number>;
}

const parser = await createLibpgParser();
const guard = createSqlGuard(parser);
/** `narrowed`: a row filter and a mask, which is the dearest. `whole`: a role that sees both tables as they are. */
const POLICIES = {
  narrowed: [
    grant("orders", { rowFilter: "region = {principal.region}" }),
    grant("customers", { masks: { email: { kind: "hash", filterable: false } } }),
  ],
  whole: [grant("orders"), grant("customers")],
};
const source = {
  record: { sourceId: "s", type: "postgres", config: {}, builtin: false, createdAt: "" },
  adapter: { dialect: "postgres" as const },
};
const caller = principal({ attributes: { region: "emea" } });
const accessUnder = async (policies: Parameters<typeof openPolicies>[0]) =>
  (await openPolicies(policies)).engine.access(source, caller, schema);
const narrowed = await accessUnder(POLICIES.narrowed);
const whole = await accessUnder(POLICIES.whole);
const guardAndPolicy = (access: typeof whole) => async (text: string) => {
  const { kind } = await access.restrict(text, guard.check(text) as AllowedStatement);
  if (kind !== "statement") throw new Error(kind);
};

for (const bytes of [500, 13_000]) {
  const sql = sized(bytes);
  const rounds = bytes > 5_000 ? 300 : 3_000;
  // Each text once: what is remembered of texts seen before must not help.
  const texts = (from: number) => Array.from({ length: rounds }, (_, i) => `${sql}${from + i}`);
  const allowed = guard.check(sql) as AllowedStatement;
  const work = {
    parse_us: (text: string) => parser.parse(text),
    guard_us: (text: string) => guard.check(text),
    guard_and_policy_first_time_us: guardAndPolicy(narrowed),
    sees_all_first_time_us: guardAndPolicy(whole),
    policy_again_us: () => narrowed.restrict(sql, allowed),
  };
  await microseconds(work, texts(0));
  const times = await microseconds(work, texts(rounds));
  const toParse = (us: number) => Number((us / times.parse_us).toFixed(2));
  const ratio = toParse(times.guard_and_policy_first_time_us);
  const sees_all_ratio = toParse(times.sees_all_first_time_us);
  console.log(JSON.stringify({ bytes: sql.length, ...times, ratio, sees_all_ratio }));
}
