/** Semantic models and the value index over HTTP, on the shipped bundle and the sample source. */
// covers: SEM-01, SEM-02, SEM-04, SEM-05, SEM-06, SEM-07, VAL-01, VAL-04
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoModel } from "../support/demo-semantics.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
const path = "sources/demo/semantic-model";
const put = (model: unknown) => platform.call("PUT", path, model);
const ask = (question: string, headers?: Record<string, string>) =>
  platform.call("POST", "query", { question, source: "demo" }, headers);
const takings = (expression: string) => ({
  metrics: [{ name: "takings", table: "orders", expression }],
});

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

test("there is none at first, and a draft of the catalogue can be saved as it is", async () => {
  expect(await platform.call("GET", path)).toMatchObject({
    status: 404,
    body: { code: "semantic_model_not_found" },
  });
  const draft = await platform.call("GET", `${path}/draft`);
  expect(draft.status).toBe(200);
  const orders = draft.body.tables.find((table: { name: string }) => table.name === "orders");
  expect(orders).toMatchObject({
    description: "Orders placed by customers: purchases, sales",
    synonyms: ["purchases", "sales"],
    default_time_column: "ordered_at",
  });
  const roles = orders.columns.map((one: { name: string; role: string }) => [one.name, one.role]);
  expect(roles).toEqual([
    ["order_id", "key"],
    ["customer_id", "key"],
    ["channel", "dimension"],
    ["status", "dimension"],
    ["total_amount", "measure"],
    ["discount_amount", "measure"],
    ["ordered_at", "time"],
    ["shipped_at", "time"],
  ]);
  expect(draft.body.relationships).toContainEqual({
    name: "resolved by",
    from: ["incidents.resolved_by"],
    to: ["employees.employee_id"],
  });
  expect((await put(draft.body)).status).toBe(201);
  expect((await platform.call("DELETE", path)).status).toBe(204);
});

test("the same model is the same version, a changed one is the next, and both stay", async () => {
  const first = await put(takings("sum(total_amount)"));
  expect(first).toMatchObject({ status: 201, body: { source_id: "demo" } });
  const { version, digest } = first.body;
  expect(await put(takings("sum(total_amount)"))).toMatchObject({
    status: 200,
    body: { version, digest },
  });
  const next = await put(takings("max(total_amount)"));
  expect(next).toMatchObject({ status: 201, body: { version: version + 1 } });
  expect(await put(takings("sum(total_amount)"))).toMatchObject({
    status: 200,
    body: { version, digest },
  });
  expect((await platform.call("GET", path)).body).toMatchObject({
    version,
    model: { metrics: [{ name: "takings", expression: "sum(total_amount)" }] },
  });
});

test("a question is answered with the model in force, and never with one that was", async () => {
  await put(takings("sum(total_amount)"));
  const sum = await ask("takings by region last month");
  expect(sum.body).toMatchObject({ kind: "answer", provenance: "generated" });
  expect(sum.body.sql).toContain("sum(orders.total_amount)");
  expect(sum.body.semantic_model).toMatch(/^\d+-[0-9a-f]{12}$/);
  expect((await ask("takings by region last month")).body.cache.status).toBe("hit");
  await put(takings("max(total_amount)"));
  const max = await ask("takings by region last month");
  expect(max.body.sql).toContain("max(orders.total_amount)");
  expect(max.body.cache.status).not.toBe("hit");
  expect(max.body.semantic_model).not.toBe(sum.body.semantic_model);
  await platform.call("DELETE", path);
  // Without the model the word names nothing: there may be a question back, but no answer.
  expect((await ask("takings by region last month")).body.kind).not.toBe("answer");
});

test("equal SQL of two versions shares no cached answer, since the key holds the version", async () => {
  await put({ ...takings("sum(total_amount)"), tables: [{ name: "orders", synonyms: ["deals"] }] });
  const one = await ask("how many deals");
  expect(one.body.kind).toBe("answer");
  await put({
    ...takings("sum(total_amount)"),
    tables: [{ name: "orders", synonyms: ["deals", "sells"] }],
  });
  const two = await ask("how many deals");
  expect(two.body.sql).toBe(one.body.sql);
  expect(two.body.cache.status).toBe("miss");
  expect((await ask("how many deals")).body.cache.status).toBe("hit");
});

test("what does not fit is refused with every fault at its place, and nothing is saved", async () => {
  await platform.call("DELETE", path);
  const bad = await put({
    tables: [{ name: "ordrs" }],
    metrics: [
      { name: "a", table: "orders", expression: "sum((select 1))" },
      { name: "b", table: "orders", expression: "sum(total_amount); drop table orders" },
      { name: "c", table: "orders", expression: "sum(pg_sleep(5))" },
      { name: "d", table: "orders", expression: "sum(status)" },
      { name: "e", table: "orders", numerator: "count(*)" },
    ],
  });
  expect(bad).toMatchObject({ status: 400, body: { code: "request_invalid" } });
  expect(bad.body.errors).toEqual([
    {
      pointer: "/metrics/4/expression",
      message: "takes either an expression, or a numerator and a denominator",
    },
  ]);
  const unfit = await put({
    tables: [{ name: "ordrs" }],
    metrics: [
      { name: "a", table: "orders", expression: "sum((select 1))" },
      { name: "b", table: "orders", expression: "sum(total_amount); drop table orders" },
      { name: "c", table: "orders", expression: "sum(pg_sleep(5))" },
      { name: "d", table: "orders", expression: "sum(status)" },
      { name: "e", table: "orders", expression: "sum(total_amount)" },
    ],
    filters: [{ name: "f", table: "orders", condition: "total_amount" }],
  });
  expect(unfit.body.errors.map((one: { pointer: string; message: string }) => one.pointer)).toEqual(
    [
      "/tables/0/name",
      "/metrics/0/expression",
      "/metrics/1/expression",
      "/metrics/2/expression",
      "/filters/0/condition",
      "/metrics/3/expression",
    ],
  );
  expect(unfit.body.errors[0].message).toBe("the source has no table ordrs (nearest: orders)");
  expect(unfit.body.errors[5].message).toContain("sum(text)");
  expect((await put({ tables: [], colour: 1 })).body.errors).toEqual([
    { pointer: "/colour", message: "is not a known field" },
  ]);
  expect((await platform.call("GET", path)).status).toBe(404);
});

test("a model is read by those who may read sources, and written by those who may write them", async () => {
  const made = await platform.call("POST", "keys", { owner: "reader", roles: ["analyst"] });
  const reader = { "x-api-key": made.body.key };
  await put(demoModel);
  expect((await platform.call("GET", path, undefined, reader)).status).toBe(200);
  expect((await platform.call("PUT", path, demoModel, reader)).status).toBe(403);
  expect((await platform.call("DELETE", path, undefined, reader)).status).toBe(403);
  expect((await platform.call("POST", `${path}/import?format=wren`, {}, reader)).status).toBe(403);
  const elsewhere = await platform.call("POST", "keys", {
    owner: "x",
    permissions: ["sources:read", "sources:write"],
    sources: ["other"],
  });
  const stranger = { "x-api-key": elsewhere.body.key };
  expect(await platform.call("GET", path, undefined, stranger)).toMatchObject({
    status: 404,
    body: { code: "source_not_found" },
  });
});

test("a Cortex model is taken over: names, metrics, keys and verified queries; the rest is named", async () => {
  const answer = await platform.call("POST", `${path}/import?format=cortex`, {
    name: "sales",
    tables: [
      {
        name: "SALES",
        base_table: { database: "DEMO", schema: "PUBLIC", table: "ORDERS" },
        description: "Orders",
        dimensions: [
          { name: "sales_channel", expr: "CHANNEL", synonyms: ["route"], data_type: "TEXT" },
          { name: "flag", expr: "STATUS = 'completed'", data_type: "BOOLEAN" },
        ],
        time_dimensions: [{ name: "ordered_at", expr: "ORDERED_AT", data_type: "TIMESTAMP" }],
        facts: [{ name: "gross", expr: "total_amount + discount_amount" }],
        measures: [
          { name: "total_revenue", expr: "total_amount", default_aggregation: "sum" },
          { name: "rebate_share", expr: "discount_amount / gross", default_aggregation: "avg" },
        ],
        metrics: [
          { name: "gross_sales", expr: "SUM(sales.gross)", synonyms: ["top line"] },
          { name: "broken", expr: "SUM(nothing)" },
        ],
        filters: [{ name: "finished", expr: "sales_channel IS NOT NULL" }],
      },
      { name: "CLIENTS", base_table: { table: "customers" }, synonyms: ["accounts"] },
    ],
    relationships: [
      {
        name: "r",
        left_table: "SALES",
        right_table: "CLIENTS",
        relationship_columns: [{ left_column: "customer_id", right_column: "customer_id" }],
      },
    ],
    verified_queries: [
      {
        name: "q1",
        question: "How many routes are there?",
        sql: "SELECT count(DISTINCT channel) FROM __SALES",
      },
      { name: "q2", question: "What is lost?", sql: "SELECT lost FROM __SALES" },
    ],
  });
  expect(answer.status).toBe(201);
  expect(
    answer.body.model.metrics.map((one: object) => ({ ...one, description: undefined })),
  ).toEqual([
    {
      name: "rebate share",
      synonyms: [],
      table: "PUBLIC.ORDERS",
      expression: "avg(discount_amount / (total_amount + discount_amount))",
      filters: [],
    },
    {
      name: "gross sales",
      synonyms: ["top line"],
      table: "PUBLIC.ORDERS",
      expression: "SUM((total_amount + discount_amount))",
      filters: [],
    },
  ]);
  expect(answer.body.model.tables[0].columns).toContainEqual({
    name: "CHANNEL",
    synonyms: ["sales channel", "route"],
    role: "dimension",
  });
  expect(answer.body.skipped.map((one: { pointer: string }) => one.pointer)).toEqual([
    "/tables/0/dimensions/1",
    "/tables/0/facts/0",
    "/tables/0/metrics/1",
  ]);
  expect(answer.body.examples.saved).toEqual(["How many routes are there?"]);
  expect(answer.body.examples.refused).toEqual([
    { question: "What is lost?", reason: expect.stringContaining("lost") },
  ]);
  const verified = await ask("how many routes are there");
  expect(verified.body).toMatchObject({ kind: "answer", provenance: "verified" });
  expect((await ask("top line by route")).body).toMatchObject({ kind: "answer" });
});

test("a Wren model is taken over as well", async () => {
  const answer = await platform.call("POST", `${path}/import?format=wren`, {
    catalog: "demo",
    schema: "public",
    models: [
      {
        name: "Deal",
        tableReference: { schema: "public", table: "orders" },
        columns: [
          { name: "dealId", expression: "order_id", type: "INTEGER" },
          { name: "customerId", expression: "customer_id", type: "INTEGER" },
          {
            name: "worth",
            expression: "total_amount",
            type: "DECIMAL",
            properties: { displayName: "Deal worth" },
          },
          { name: "customer", type: "Client", relationship: "DealClient" },
          { name: "double", type: "DECIMAL", isCalculated: true, expression: "total_amount * 2" },
        ],
        primaryKey: "dealId",
      },
      {
        name: "Client",
        tableReference: { schema: "public", table: "customers" },
        columns: [{ name: "customer_id" }],
        properties: { description: "Who buys" },
      },
      { name: "Odd", refSql: "select 1", columns: [] },
    ],
    relationships: [
      {
        name: "DealClient",
        models: ["Deal", "Client"],
        joinType: "MANY_TO_ONE",
        condition: "Deal.customerId = Client.customer_id",
      },
      {
        name: "Many",
        models: ["Deal", "Client"],
        joinType: "MANY_TO_MANY",
        condition: "Deal.customerId = Client.customer_id",
      },
    ],
    metrics: [
      {
        name: "Bookings",
        baseObject: "Deal",
        dimension: [],
        measure: [{ name: "bookedWorth", type: "DECIMAL", expression: "sum(Deal.worth)" }],
      },
    ],
    views: [{ name: "v", statement: "select 1" }],
  });
  expect(answer).toMatchObject({ status: 201 });
  expect(answer.body.model).toMatchObject({
    tables: [
      {
        name: "public.orders",
        synonyms: ["deal"],
        columns: [
          { name: "order_id" },
          { name: "customer_id" },
          { name: "total_amount", synonyms: ["worth", "deal worth"] },
        ],
      },
      { name: "public.customers", description: "Who buys", synonyms: ["client"] },
    ],
    relationships: [{ from: ["public.orders.customer_id"], to: ["public.customers.customer_id"] }],
    metrics: [
      {
        name: "booked worth",
        synonyms: ["bookings"],
        table: "public.orders",
        expression: "sum(total_amount)",
      },
    ],
  });
  expect(answer.body.skipped.map((one: { pointer: string }) => one.pointer)).toEqual([
    "/models/0/columns/4",
    "/models/2",
    "/relationships/1",
    "/views/0",
  ]);
  expect((await ask("bookings by region")).body.sql).toContain("sum(orders.total_amount)");
});

test("nothing but what fits nothing is refused", async () => {
  expect(
    await platform.call("POST", `${path}/import?format=wren`, { models: [{ name: "x" }] }),
  ).toMatchObject({ status: 400, body: { code: "request_invalid" } });
  expect((await platform.call("POST", `${path}/import?format=dbt`, {})).status).toBe(400);
});

test("more of anything than a model has room for is refused, and the list is named", async () => {
  const good = Array.from({ length: 299 }, (_, at) => ({
    name: `m${at}`,
    expression: "sum(total_amount)",
  }));
  const unnameable = { name: "x".repeat(101), expression: "count(*)" };
  const faulty = { name: "last", expression: "sum(nothing)" };
  const take = (measure: readonly object[]) =>
    platform.call("POST", `${path}/import?format=wren`, {
      models: [{ name: "orders", tableReference: { table: "orders" }, columns: [] }],
      metrics: [{ name: "All", baseObject: "orders", measure }],
    });
  const over = await take([...good, faulty, { name: "more", expression: "count(*)" }]);
  expect(over).toMatchObject({ status: 400, body: { code: "request_invalid" } });
  expect(over.body.errors).toEqual([
    { pointer: "/metrics", message: expect.stringContaining("300") },
  ]);
  // What is put aside takes no room, and shifts no other entry's place.
  const full = await take([unnameable, ...good, faulty]);
  expect(full.status).toBe(201);
  expect(full.body.model.metrics).toHaveLength(299);
  expect(full.body.skipped.map((one: { pointer: string }) => one.pointer)).toEqual([
    "/metrics/0/measure/0",
    "/metrics/0/measure/300",
  ]);
});

test("under policies nobody is shown values, words or definitions of what is hidden, masked or filtered", async () => {
  await put(demoModel);
  const policy = (id: string, more: object) =>
    platform.call("PUT", `policies/${id}`, { source: "demo", roles: ["seller"], ...more });
  const before = await platform.call("GET", "sources/demo/schema?detail=full");
  const columnOf = (
    body: { tables: { name: string; columns: { name: string; values?: string[] }[] }[] },
    table: string,
    name: string,
  ) => body.tables.find((one) => one.name === table)?.columns.find((one) => one.name === name);
  // The sample source has the value index: names too, and no one's e-mail address.
  expect(columnOf(before.body, "customers", "name")?.values?.length).toBeGreaterThan(20);
  expect(columnOf(before.body, "customers", "email")?.values).toBeUndefined();
  expect(columnOf(before.body, "products", "name")?.values?.length).toBeGreaterThan(1);
  const product = columnOf(before.body, "products", "name")?.values?.[0] ?? "";
  const customer = columnOf(before.body, "customers", "name")?.values?.[0] ?? "";

  await policy("some-customers", { table: { name: "customers" }, row_filter: "region = 'EMEA'" });
  await policy("masked-products", {
    table: { name: "products" },
    masks: { name: { kind: "null" } },
  });
  await policy("part-of-orders", {
    table: { name: "orders" },
    columns: { deny: ["discount_amount"] },
  });
  const made = await platform.call("POST", "keys", { owner: "s", roles: ["analyst", "seller"] });
  const seller = { "x-api-key": made.body.key };
  const schema = await platform.call("GET", "sources/demo/schema?detail=full", undefined, seller);
  expect(columnOf(schema.body, "customers", "name")?.values).toBeUndefined();
  expect(columnOf(schema.body, "products", "name")?.values).toBeUndefined();
  expect(columnOf(schema.body, "products", "category")?.values?.length).toBeGreaterThan(1);
  expect(schema.text).not.toContain(product);

  const model = await platform.call("GET", path, undefined, seller);
  expect(model.text).not.toMatch(/jobs|tickets|employees|giveaways|discount/);
  expect(model.body.model.metrics.map((one: { name: string }) => one.name)).toEqual([
    "average order value",
  ]);
  const draft = await platform.call("GET", `${path}/draft`, undefined, seller);
  expect(draft.text).not.toMatch(/jobs|tickets|employees|discount_amount/);

  const own = await ask("AOV by region", seller);
  expect(own.body.kind).toBe("answer");
  expect(new Set(own.body.rows.map((row: { region: string }) => row.region))).toEqual(
    new Set(["EMEA"]),
  );
  // A verified example would take the name from the question itself; these need the values or the definitions.
  for (const hidden of ["net sales by region", "failure rate by trigger", `${product} orders`]) {
    const asked = await ask(hidden, seller);
    expect(["clarify", "abstain"], hidden).toContain(asked.body.kind);
  }
  // What the question itself says may be sought. Whatever comes of it, it shows nobody of another region.
  const elsewhere = await platform.call("POST", "query", {
    source: "demo",
    sql: "select name from customers where region <> 'EMEA'",
  });
  const others = elsewhere.body.rows.map((row: { name: string }) => row.name);
  expect(others.length).toBeGreaterThan(20);
  for (const name of [customer, ...others.slice(0, 5)]) {
    const { text } = await ask(`average total amount for ${name}`, seller);
    const shown = others.filter((one: string) => !name.includes(one) && text.includes(one));
    expect([name, shown]).toEqual([name, []]);
  }
  expect((await ask("net sales by region")).body.kind).toBe("answer");
});
