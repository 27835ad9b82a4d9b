/** What the guard and the policies cost a statement, beside parsing it alone: `node bench/policy.ts`. */
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";
import type { AllowedStatement } from "../shared/sql/ports.ts";
import { createStatementRestrictor } from "../shared/sql/restrict-statement.ts";
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

const part = (i: number) =>
  `SELECT o.id, c.name, sum(o.amount) AS total_${i}, count(*) FILTER (WHERE o.status = 'paid') AS paid FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.created_at >= date '2025-01-01' AND c.region IN ('emea', 'apac', 'amer') AND (o.amount BETWEEN 10 AND 20 OR o.status LIKE 'op%') GROUP BY o.id, c.name HAVING count(*) > ${i}`;
const sized = (bytes: number) => {
  let sql = part(0);
  for (let i = 1; sql.length + part(i).length + 11 <= bytes; i++) sql += ` UNION ALL ${part(i)}`;
  return `${sql} LIMIT 10`;
};

/** The median of microseconds per call. */
function microseconds(work: () => unknown, rounds: number): string {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const started = performance.now();
    work();
    times.push((performance.now() - started) * 1_000);
  }
  times.sort((a, b) => a - b);
  return (times[Math.floor(rounds / 2)] ?? 0).toFixed(1);
}

const parser = await createLibpgParser();
const guard = createSqlGuard(parser);
const restrictor = createStatementRestrictor(parser);
const { engine } = await openPolicies([
  grant("orders", { rowFilter: "region = {principal.region}" }),
  grant("customers", { masks: { email: { kind: "hash", filterable: false } } }),
]);
const source = {
  record: { sourceId: "s", type: "postgres", config: {}, builtin: false, createdAt: "" },
  adapter: { dialect: "postgres" as const },
};
const caller = principal({ attributes: { region: "emea" } });
const access = await engine.access(source, caller, schema);

for (const bytes of [500, 13_000]) {
  const sql = sized(bytes);
  const allowed = guard.check(sql) as AllowedStatement;
  const views = {
    find: (_: string | null, name: string) => ({
      schema: "public",
      name,
      columns: (schema.tables[0]?.columns ?? []).map((one) => ({
        name: one.name,
        value: null,
        guarded: false,
      })),
      complete: true,
      wholeRows: true,
      filter: { A_Const: { boolval: { boolval: true } } },
      volatile: false,
    }),
    types: new Set<string>(),
  };
  const rounds = bytes > 5_000 ? 300 : 3_000;
  for (let i = 0; i < rounds; i++) restrictor.restrict(sql, 0, views);
  console.log(
    JSON.stringify({
      bytes: sql.length,
      parse_us: microseconds(() => parser.parse(sql), rounds),
      guard_us: microseconds(() => guard.check(sql), rounds),
      guard_and_policy_first_time_us: microseconds(() => {
        guard.check(sql);
        restrictor.restrict(sql, 0, views);
      }, rounds),
      policy_again_us: microseconds(() => access.restrict(sql, allowed), rounds),
    }),
  );
}
