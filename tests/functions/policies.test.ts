/** Policies over HTTP, on the shipped bundle: who may write them, what they change at once, and what never gets out. */
// covers: ACCESS-02, POL-06, POL-07, POL-10, KEY-08
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
let emea: string;
let apac: string;

const keyOf = async (grant: object): Promise<string> => {
  const made = await platform.call("POST", "keys", { owner: "test", ...grant });
  expect(made.status).toBe(201);
  return made.body.key;
};
const as = (key: string) => ({ "x-api-key": key });
const sql = (key: string, text: string, more: object = {}) =>
  platform.call("POST", "query", { sql: text, ...more }, as(key));
const put = (id: string, policy: object, headers?: Record<string, string>) =>
  platform.call("PUT", `policies/${id}`, { source: "demo", roles: ["seller"], ...policy }, headers);

beforeAll(async () => {
  platform = await startPlatform();
  const seller = { roles: ["analyst", "seller"] };
  emea = await keyOf({ ...seller, attributes: { region: "EMEA" } });
  apac = await keyOf({ ...seller, attributes: { region: "APAC" } });
});
afterAll(() => platform.stop());

const customers = {
  table: { name: "customers" },
  columns: { allow: ["customer_id", "name", "email", "region"] },
  row_filter: "region = {principal.region}",
  masks: { email: { kind: "partial", keep_last: 4 } },
};

test("the first policy closes a source to all that it does not grant, at once and but for admins", async () => {
  const before = await sql(emea, "select count(*) from products");
  expect(before.status).toBe(200);
  const made = await put("customers-of-region", customers);
  expect(made).toMatchObject({
    status: 201,
    body: { policy_id: "customers-of-region", roles: ["seller"] },
  });
  expect(await put("customers-of-region", customers)).toMatchObject({ status: 200 });
  // The answer is in the cache still, and is nobody's who may not see the table.
  const after = await sql(emea, "select count(*) from products");
  expect(after).toMatchObject({ status: 404, body: { code: "table_not_found" } });
  expect(
    (await platform.call("POST", "query", { sql: "select count(*) from products" })).status,
  ).toBe(200);
});

test("each sees the rows of their own region, masked, and shares no cached answer with the other", async () => {
  const text = "select region, email, count(*) over () as n from customers order by customer_id";
  const europe = await sql(emea, text);
  expect(europe.status).toBe(200);
  expect(new Set(europe.body.rows.map((row: { region: string }) => row.region))).toEqual(
    new Set(["EMEA"]),
  );
  for (const { email } of europe.body.rows)
    expect(email === null || /^\*{4}.{4}$/.test(email)).toBe(true);
  const asia = await sql(apac, text);
  expect(asia.body.cache.status).toBe("miss");
  expect(JSON.stringify(asia.body.rows)).not.toContain("EMEA");
  expect((await sql(emea, text)).body).toMatchObject({
    cache: { status: "hit" },
    rows: europe.body.rows,
  });
  // Neither the answer nor the history shows the statement that was run.
  expect(europe.body.sql).toBe(text);
  expect(europe.text).not.toContain("policy_row");
  const history = await platform.call("GET", "query/history", undefined, as(emea));
  expect(history.text).not.toContain("policy_row");
});

test("a forbidden table and a missing one get the same answer, with the nearest names of those seen", async () => {
  const forbidden = await sql(emea, "select * from orders");
  const missing = await sql(emea, "select * from ordenz");
  expect(forbidden.status).toBe(missing.status);
  const known = (text: string) =>
    text.replace(/"instance":"[^"]*"/, "").replaceAll("ordenz", "orders");
  expect(known(forbidden.text)).toBe(known(missing.text));
  const near = await sql(emea, "select * from costumers");
  expect(near.body.detail).toBe(
    "Line 1, column 15: There is no table costumers. The nearest: customers.",
  );
});

test("the schema, the examples and the questions know only what is seen", async () => {
  const schema = await platform.call("GET", "sources/demo/schema?detail=full", undefined, as(emea));
  expect(schema.body.tables.map((table: { name: string }) => table.name)).toEqual(["customers"]);
  expect(schema.body.tables[0].columns.map((column: { name: string }) => column.name)).toEqual(
    customers.columns.allow,
  );
  expect(schema.text).not.toMatch(/"values"|APAC|estimated_rows|employees/);
  const examples = await platform.call("GET", "query/examples", undefined, as(emea));
  expect(examples.text).not.toMatch(/orders|tickets|jobs/);
  const taught = await platform.call(
    "POST",
    "query/examples",
    { question: "all orders", sql: "select * from orders" },
    as(emea),
  );
  expect(taught).toMatchObject({ status: 404, body: { code: "table_not_found" } });
  const asked = await platform.call(
    "POST",
    "query",
    { question: "how many tickets are open" },
    as(emea),
  );
  expect(asked.body.kind).not.toBe("answer");
});

test("a question over a masked column is one without an answer, which says why", async () => {
  const question = "how many customers have the email 'ada@example.com'";
  const asked = await platform.call("POST", "query", { question, source: "demo" }, as(emea));
  expect(asked).toMatchObject({
    status: 200,
    body: {
      kind: "abstain",
      reason: expect.stringMatching(/^the column customers\.email is masked for you: .+[^.]$/),
    },
  });
  // Whoever writes the statement himself is told that it is refused.
  const given = "select count(*) from customers where email = 'ada@example.com'";
  expect(await sql(emea, given)).toMatchObject({ status: 422, body: { code: "sql_refused" } });
});

test("no plan, no cache look-up and no error tells of a hidden row", async () => {
  const text = "select name from customers where 1 / (customer_id - customer_id) = 1";
  const failed = await sql(emea, text);
  expect(failed).toMatchObject({ status: 400, body: { code: "query_failed" } });
  expect(failed.body.detail).toBe(
    "The data source refused the statement: a number is divided by zero (SQLSTATE 22012).",
  );
  const cast = await sql(emea, "select name::int from customers");
  expect(cast.body.detail).not.toMatch(/"/);
  for (const path of ["query/explain", "query"]) {
    const sent =
      path === "query" ? "explain select name from customers" : "select name from customers";
    const plan = await platform.call("POST", path, { sql: sent }, as(emea));
    expect(plan).toMatchObject({ status: 422, body: { code: "sql_refused" } });
  }
  const cached = await platform.call(
    "POST",
    "cache/lookup",
    { sql: "select count(*) from products" },
    as(emea),
  );
  expect(cached).toMatchObject({ status: 404, body: { code: "table_not_found" } });
});

test("a policy that does not plan, names an unknown column or holds more than an expression is not saved", async () => {
  const broken: readonly (readonly [object, number])[] = [
    [{ table: { name: "customers" }, row_filter: "customer_id = {principal.region}" }, 400],
    [{ table: { name: "customers" }, row_filter: "customer_id" }, 400],
    [{ table: { name: "customers" }, row_filter: "max(customer_id) > 1" }, 400],
    [{ table: { name: "customers" }, row_filter: "nothing = 1" }, 400],
    [{ table: { name: "customers" }, row_filter: "true) union select (true" }, 400],
    [{ table: { name: "customers" }, row_filter: "exists (select 1 from orders)" }, 400],
    [{ table: { name: "customers" }, columns: { deny: ["nothing"] } }, 400],
    [{ table: { name: "customers" }, masks: { nothing: { kind: "null" } } }, 400],
    [
      { table: { name: "customers" }, masks: { customer_id: { kind: "constant", value: "x" } } },
      400,
    ],
    [{ table: { name: "*" }, row_filter: "true" }, 400],
    [{ table: { name: "no_such_table" } }, 404],
    [{ table: { name: "customers" }, source: "nowhere" }, 404],
  ];
  for (const [policy, status] of broken) expect((await put("broken", policy)).status).toBe(status);
  const { body } = await platform.call("GET", "policies?source=demo");
  expect(body.items.map((one: { policy_id: string }) => one.policy_id)).toEqual([
    "customers-of-region",
  ]);
});

test("only holders of policies:write change them, and only for sources that they see", async () => {
  expect(await put("mine", { table: { name: "orders" } }, as(emea))).toMatchObject({ status: 403 });
  expect((await platform.call("GET", "policies", undefined, as(emea))).status).toBe(403);
  const elsewhere = await keyOf({
    permissions: ["policies:read", "policies:write"],
    sources: ["other"],
  });
  expect(await put("mine", { table: { name: "orders" } }, as(elsewhere))).toMatchObject({
    status: 404,
  });
  expect(
    await platform.call("DELETE", "policies/customers-of-region", undefined, as(elsewhere)),
  ).toMatchObject({
    status: 404,
    body: { code: "policy_not_found" },
  });
  expect((await platform.call("GET", "policies", undefined, as(elsewhere))).body.items).toEqual([]);
});

test("nobody widens their view by making a key", async () => {
  const maker = await keyOf({
    permissions: ["keys:write", "query:run"],
    roles: ["seller"],
    attributes: { region: "EMEA" },
  });
  const make = (grant: object) =>
    platform.call("POST", "keys", { owner: "x", permissions: ["query:run"], ...grant }, as(maker));
  for (const wider of [
    { roles: ["auditor"] },
    { attributes: { region: "APAC" } },
    { attributes: { other: "x" } },
  ])
    expect(await make(wider)).toMatchObject({ status: 403, body: { code: "forbidden" } });
  expect(await make({ roles: ["seller"], attributes: { region: "EMEA" } })).toMatchObject({
    status: 201,
  });
  expect(await make({ attributes: { id: "key:root" } })).toMatchObject({ status: 400 });
});

test("a policy that is removed is gone at once, and a source without any is open again", async () => {
  expect((await platform.call("DELETE", "policies/customers-of-region")).status).toBe(204);
  expect((await sql(emea, "select count(*) from products")).status).toBe(200);
  expect((await platform.call("DELETE", "policies/customers-of-region")).status).toBe(404);
});
