/** The SQL of metrics and filters: what is taken, cut at its columns, and what is refused with its reason. */
// covers: SEM-02
import { beforeAll, describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { compileExpression } from "../../shared/semantic/compile-expression.ts";
import type { TableInfo } from "../../shared/sources/ports.ts";
import type { SqlParser } from "../../shared/sql/ports.ts";

let parser: SqlParser;
beforeAll(async () => {
  parser = await createLibpgParser();
});

const column = (name: string, type = "text") => ({ name, type, nullable: true });
const table: TableInfo = {
  schema: "public",
  name: "orders",
  kind: "table",
  columns: [
    column("amount", "numeric"),
    column("discount", "numeric"),
    column("status"),
    column("ordered_at", "timestamptz"),
    column("Größe", "integer"),
    column("UPPER", "integer"),
  ],
  primaryKey: [],
  foreignKeys: [],
};
const metric = (text: string) => compileExpression(parser, text, table, "metric");
const condition = (text: string) => compileExpression(parser, text, table, "condition");
const written = (outcome: ReturnType<typeof metric>) =>
  outcome.kind === "invalid"
    ? outcome.message
    : outcome.expression.parts
        .map((part) => (typeof part === "string" ? part : `<${part.column}>`))
        .join("");

describe("what is taken", () => {
  it.each([
    ["sum(amount)", "sum(<amount>)"],
    ["sum(amount) - sum(discount)", "(sum(<amount>) - sum(<discount>))"],
    ["count(*)", "count(*)"],
    ["count(distinct status)", "count(distinct <status>)"],
    ["count(*) filter (where status = 'open')", "count(*) filter (where <status> = 'open')"],
    ["sum(orders.amount)", "sum(<amount>)"],
    ["sum(public.orders.amount)", "sum(<amount>)"],
    ['avg("Größe")', "avg(<Größe>)"],
    ["avg(upper)", "avg(<UPPER>)"],
    [
      "sum(case when status = 'ü' then amount else 0 end)",
      "sum(case when <status> = 'ü' then <amount> else 0 end)",
    ],
    [
      "round(avg(coalesce(amount, 0))::numeric, 2)",
      "round(avg(coalesce(<amount>, 0))::numeric, 2)",
    ],
  ])("the metric %s", (text, parts) => expect(written(metric(text))).toBe(parts));

  it.each([
    ["status = 'open'", "<status> = 'open'"],
    [
      "status in ('a', 'b') and not amount between 1 and 2",
      "<status> in ('a', 'b') and not <amount> between 1 and 2",
    ],
    [
      "ordered_at > current_date - interval '30 days'",
      "<ordered_at> > current_date - interval '30 days'",
    ],
    [
      "discount is null or lower(status) like 'x%'",
      "<discount> is null or lower(<status>) like 'x%'",
    ],
    ["extract(year from ordered_at) = 2024", "extract(year from <ordered_at>) = 2024"],
  ])("the condition %s", (text, parts) => expect(written(condition(text))).toBe(parts));
});

describe("what is refused", () => {
  it.each([
    ["sum(amount); drop table orders", "a semicolon is not allowed in it"],
    ["sum(amount) -- rest", "a comment is not allowed in it"],
    ["sum(amount) /* */", "a comment is not allowed in it"],
    ["(select max(amount) from orders)", "a subquery is not allowed in it"],
    ["sum((select 1))", "a subquery is not allowed in it"],
    ["sum(amount)) from orders where (true", "it must be one expression"],
    ["sum(amount)), (1", "it must be one expression"],
    ["sum(amount), 1", "it must be one expression"],
    ["sum(amount) over ()", "a window function is not allowed in it"],
    ["sum(pg_sleep(10))", "the function pg_sleep is not allowed"],
    ["max(pg_read_file('/etc/passwd'))", "the function pg_read_file is not allowed"],
    ["max(pg_catalog.lower(status))", "the function pg_catalog.lower is not allowed"],
    ["max(current_user)", "CURRENT_USER is not allowed in it"],
    ["max(status::regclass::text)", "the type regclass is not allowed"],
    ["max(array[amount])", "an array is not allowed in it"],
    ["max((orders).amount)", "a field or element of an expression is not allowed in it"],
    ["max(amount OPERATOR(pg_catalog.+) 1)", "the operator pg_catalog.+ is not allowed"],
    ["sum($1)", "a dollar sign is not allowed in it"],
    ["max(E'\\\\')", "a backslash is not allowed in it"],
    ["sum(sum(amount))", "the aggregate sum stands in another"],
    ["amount", "amount stands outside of an aggregate"],
    ["amount + sum(amount)", "amount stands outside of an aggregate"],
    ["1 + 1", "it must be an aggregate, such as sum(amount)"],
    ["sum(amuont)", "orders has no column amuont (nearest: amount)"],
    ["sum(customers.amount)", "orders has no column customers.amount"],
    ["sum(orders.*)", "* is not allowed in it"],
    ["string_agg(status, ',')", "the function string_agg is not allowed"],
    ["sum(amount", "syntax error"],
  ])("the metric %s", (text, reason) => expect(written(metric(text))).toContain(reason));

  it.each([
    ["sum(amount) > 1", "the aggregate sum has no place in a condition"],
    ["true", "it must be about a column of the table"],
    ["exists (select 1)", "a subquery is not allowed in it"],
    ["status = any (select status from orders)", "a subquery is not allowed in it"],
    ["status ~ '(a+)+$'", "a dollar sign is not allowed in it"],
    ["status ~ '(a+)+'", "the operator ~ is not allowed"],
    ["status = 'open') or (amount > 0", "it must be one expression"],
    ["status = 'a' union select 1", "syntax error"],
  ])("the condition %s", (text, reason) => expect(written(condition(text))).toContain(reason));
});
