/** What may be written as a row filter. */
// covers: POL-04
import { beforeAll, describe, expect, it } from "vitest";
import { compileRowFilter, type FilterOutcome } from "../../../shared/policy/row-filter.ts";
import { openPolicies } from "../../support/policy-bench.ts";

let compile: (text: string) => Promise<FilterOutcome>;
beforeAll(async () => {
  const dialect = await (await openPolicies()).dialects.of("postgres");
  compile = (text) => compileRowFilter(dialect.readFilter, text);
});

describe("a row filter", () => {
  it("tells the columns and attributes it asks for, and whether time decides", async () => {
    expect(
      await compile('region = {principal.region} and "Team" = {principal.team}::int'),
    ).toMatchObject({
      kind: "filter",
      filter: { columns: ["region", "Team"], attributes: ["region", "team"], volatile: false },
    });
    expect(await compile("created_at > now() - interval '1 day'")).toMatchObject({
      filter: { volatile: true },
    });
  });

  it.each([
    "",
    "a = ",
    "true) FROM secrets WHERE (true",
    "true), (true",
    "true) UNION SELECT (true",
    "true) AS (x",
    "true); SELECT (1",
    "id IN (SELECT id FROM secrets)",
    "EXISTS (SELECT 1)",
    "customers.id = 1",
    "count(*) > 1",
    "c.* IS NOT NULL",
    "(id).leak = 1",
    "('x'::text).pg_read_file = ''",
    "sum(id) OVER () > 1",
    "pg_sleep(1) IS NULL",
    "leak('x') = 'y'",
    "id = $1",
    "region = '{principal.region}'",
    `region = $q$${"{principal.region}"}$q$`,
    'region = "{principal.region}"',
    "true -- {principal.region}",
    "region = {principal.Region}",
    "region = {principal.}",
    "region = {principal.a'b}",
    "region = {other.x}",
    "id = ANY (ARRAY(SELECT 1))",
    "x[1] = {principal.team",
  ])("is refused with a reason: %s", async (text) => {
    const outcome = await compile(text);
    expect(outcome.kind).toBe("invalid");
    expect(outcome.kind === "invalid" && outcome.message.length).toBeGreaterThan(5);
  });

  it("may end in a comment and hold brackets, quotes and placeholders of its own accord", async () => {
    for (const text of [
      "a = 1 -- until later",
      "(a = 1 OR (b = ')')) /* ok */",
      "a IN (1, 2) AND b BETWEEN 1 AND 2 AND c IS NOT NULL AND d ~ '^x' AND coalesce(e, 'x') = lower(f)",
      "a = ANY (string_to_array({principal.teams}, ',')::int[])",
    ])
      expect(await compile(text)).toMatchObject({ kind: "filter" });
  });
});
