/** Teaching over HTTP, on the shipped bundle: what is refused, one answer per question, feedback, staleness, suggestions, policies. */
// covers: QRY-13, QRY-17, QRY-31, QRY-32, QRY-33, QRY-34, ASK-32, ASK-34
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServerDatabase, postgresUrl } from "../support/databases.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
const keys: Record<string, string> = {};

beforeAll(async () => {
  platform = await startPlatform();
  const grants = {
    asker: { permissions: ["query:run"] },
    other: { permissions: ["query:run"] },
    teacher: { permissions: ["query:run", "query:teach"] },
    elsewhere: { permissions: ["query:run", "query:teach"], sources: ["other"] },
  };
  for (const [name, grant] of Object.entries(grants)) {
    const made = await platform.call("POST", "keys", { owner: name, ...grant });
    keys[name] = made.body.key;
  }
});
afterAll(() => platform.stop());

const as = (name: string) => ({ "x-api-key": keys[name] ?? "" });
const ask = (question: string, by = "teacher", source = "demo") =>
  platform.call("POST", "query", { question, source }, as(by));
const teach = (question: string, sql: string, more: object = {}) =>
  platform.call(
    "POST",
    "query/examples",
    { source: "demo", question, sql, ...more },
    as("teacher"),
  );
const judge = (id: string, body: object, by = "teacher") =>
  platform.call("POST", `query/${id}/feedback`, body, as(by));
const listed = async (source = "demo") =>
  (await platform.call("GET", `query/examples?source=${source}`, undefined, as("teacher"))).body
    .items as Record<string, unknown>[];

describe("an example", () => {
  test.each([
    ["does not parse", "select where from", 400, "sql_syntax", "line 1"],
    ["writes", "delete from orders", 422, "sql_refused", "DELETE"],
    ["is no SELECT", "explain select 1", 400, "request_invalid", "SELECT"],
    ["names an unknown table", "select * from oders", 404, "table_not_found", "orders"],
    ["names an unknown column", "select regoin from customers", 400, "query_failed", "region"],
    [
      "names an unknown column of an alias",
      "select c.nmae from customers c",
      400,
      "query_failed",
      "name",
    ],
    [
      "fails when it runs",
      "select 1 / (customer_id - customer_id) from customers",
      400,
      "query_failed",
      "zero",
    ],
    [
      "leaves a column out of its groups",
      "select region, count(*) from customers group by name",
      400,
      "query_failed",
      "must appear in the GROUP BY",
    ],
    ["has a parameter without a slot", "select $1::int", 400, "request_invalid", "parameters"],
  ])("that %s is refused with a pointer", async (_what, sql, status, code, said) => {
    const answer = await teach("odd question", sql);
    expect(answer).toMatchObject({ status, body: { code, errors: [{ pointer: "/sql" }] } });
    expect(answer.body.errors[0].message).toContain(said);
    expect((await listed()).some((one) => one.question === "odd question")).toBe(false);
  });

  test.each(["top {n:number} x", "top {n} x", "{n:int}", "a {n:int} b {n:int}", "a } b"])(
    "whose question is %s is refused with a pointer",
    async (question) => {
      expect(await teach(question, "select $1::int")).toMatchObject({
        status: 400,
        body: { code: "request_invalid", errors: [{ pointer: "/question" }] },
      });
    },
  );

  test("is stored with all that it was verified against", async () => {
    const made = await teach(
      "names of EMEA accounts since 2026-01-01",
      "select c.name from customers c where c.region = 'EMEA' and signed_up_at >= '2026-01-01'",
    );
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      masked_question: "names of <value> accounts <period>",
      canonical_sql: expect.stringContaining("SELECT"),
      reads: [
        {
          table: "customers",
          columns: [
            { name: "name", type: "text" },
            { name: "region", type: "text" },
            { name: "signed_up_at", type: "timestamp with time zone" },
          ],
        },
      ],
      stale: null,
      verified_by: expect.stringMatching(/^key:/),
    });
  });

  test("of the same question and SQL is the same one, and of other SQL a conflict unless it replaces", async () => {
    const first = await teach("how many squads", "select count(*) from teams");
    expect(first.status).toBe(201);
    const again = await teach("How many squads?", "SELECT  count(*)  FROM teams");
    expect(again).toMatchObject({ status: 200, body: { example_id: first.body.example_id } });
    const other = await teach("how many squads", "select count(*) + 1 from teams");
    expect(other).toMatchObject({ status: 409, body: { code: "example_conflict" } });
    expect(other.body.detail).toContain(first.body.example_id);
    const replaced = await teach("how many squads", "select count(*) + 1 from teams", {
      replace: true,
    });
    expect(replaced.status).toBe(201);
    const stored = (await listed()).filter((one) => /how many squads/i.test(String(one.question)));
    expect(stored.map((one) => one.example_id)).toEqual([replaced.body.example_id]);
  });

  test("of a question that came with the installation is a conflict, too, and shadows it when it replaces", async () => {
    const sql = "select count(*) from orders where status = 'cancelled'";
    expect((await teach("cancellation rate", sql)).body).toMatchObject({
      code: "example_conflict",
      detail: expect.stringContaining("demo-cancellation-rate"),
    });
    const made = await teach("cancellation rate", sql, { replace: true });
    expect((await ask("Cancellation rate?")).body).toMatchObject({ provenance: "verified", sql });
    await platform.call("DELETE", `query/examples/${made.body.example_id}`);
    expect((await ask("Cancellation rate?")).body.sql).toContain("round");
  });

  test("taught by 8 at once is one example", async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, () => teach("all the squads", "select name from teams")),
    );
    expect(new Set(all.map((one) => one.body.example_id)).size).toBe(1);
    expect(all.filter((one) => one.status === 201)).toHaveLength(1);
  });

  test("with a period's slot is filled from and to", async () => {
    await teach(
      "signups {when:period}",
      "select count(*) from customers where signed_up_at >= $1 and signed_up_at < $2",
    );
    expect((await ask("signups in 2025")).body).toMatchObject({
      provenance: "verified",
      params: ["2025-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
    });
  });
});

describe("feedback", () => {
  test("that an answer was right makes it answer its like at once, numbers as slots", async () => {
    const first = await ask("top 4 customers by number of orders");
    expect(first.body).toMatchObject({ kind: "answer", provenance: "generated" });
    const said = await judge(first.body.query_id, { correct: true });
    expect(said.status, said.text).toBe(200);
    expect(said.body).toMatchObject({ correct: true, note: null });
    const example = (await listed()).find((one) => one.example_id === said.body.example_id);
    expect(example?.question).toMatch(/^top \{n\d:int\} customers by number of orders$/);
    const same = await ask("Top 4 customers by number of orders?");
    expect(same.body).toMatchObject({ provenance: "verified", rows: first.body.rows });
    expect((await ask("top 2 customers by number of orders")).body).toMatchObject({
      provenance: "verified",
      row_count: 2,
    });
  });

  test("on an answer about a moving period keeps the period moving", async () => {
    const first = await ask("how many orders last month");
    const said = await judge(first.body.query_id, { correct: true });
    expect(said.body.example_id, said.text).not.toBeNull();
    const again = await ask("how many orders last month");
    expect(again.body).toMatchObject({ provenance: "verified", rows: first.body.rows });
    const month = await ask("how many orders this month");
    expect(month.body.provenance).toBe("verified");
    expect(month.body.params).not.toEqual(again.body.params);
  });

  test("is given once: the same again is the first, something else a conflict", async () => {
    const { query_id: id } = (await ask("how many products are there")).body;
    const first = await judge(id, { correct: true });
    const again = await judge(id, { correct: true });
    expect(again.body.example_id).toBe(first.body.example_id);
    expect(await judge(id, { correct: false })).toMatchObject({
      status: 409,
      body: { code: "feedback_conflict" },
    });
  });

  test("that an answer was wrong keeps this SQL from this question, and from no other", async () => {
    const first = await ask("how many employees are there");
    expect(first.body.kind).toBe("answer");
    expect((await judge(first.body.query_id, { correct: false })).body).toMatchObject({
      example_id: null,
      scope: "everybody",
    });
    const again = await ask("How many employees are there?", "other");
    expect(again.body.sql).not.toBe(first.body.sql);
    expect((await ask("number of employees")).body.sql).toBe(first.body.sql);
    // Verified after all: what was called wrong counts no more.
    expect((await teach("how many employees are there", first.body.sql)).status).toBe(201);
    expect((await ask("how many employees are there")).body.provenance).toBe("verified");
  });

  test("that an answer was wrong counts no more once a template of its question is taught with its SQL", async () => {
    const question = "top 3 products by number of order items";
    const first = await ask(question);
    const { sql } = first.body;
    expect(sql).toContain("$1");
    await judge(first.body.query_id, { correct: false });
    expect((await ask(question)).body.sql).not.toBe(sql);
    const template = "top {n:int} products by number of order items";
    expect((await teach(template, sql)).status).toBe(201);
    expect((await ask(question)).body).toMatchObject({ provenance: "verified", sql, params: [3] });
    // Taught once more, it is wanted again, too.
    const doubted = await ask(question);
    await judge(doubted.body.query_id, { correct: false });
    expect((await ask(question)).body.provenance).not.toBe("verified");
    expect((await teach(template, sql)).status).toBe(200);
    expect((await ask(question)).body).toMatchObject({ provenance: "verified", sql });
  });

  test("that an answer was wrong counts no more once another calls its like right", async () => {
    const question = "top 2 teams by number of employees";
    const first = await ask(question);
    const second = await ask(question);
    await judge(first.body.query_id, { correct: false });
    expect((await ask(question)).body.sql).not.toBe(first.body.sql);
    const said = await platform.call("POST", `query/${second.body.query_id}/feedback`, {
      correct: true,
    });
    expect(said.body.example_id, said.text).not.toBeNull();
    expect((await ask(question)).body).toMatchObject({
      provenance: "verified",
      rows: first.body.rows,
    });
  });

  test("of one who may not teach holds for himself, and makes no example", async () => {
    const mine = await ask("how many incidents are there", "asker");
    expect((await judge(mine.body.query_id, { correct: false }, "asker")).body.scope).toBe(
      "caller",
    );
    expect((await ask("how many incidents are there", "asker")).body.sql).not.toBe(mine.body.sql);
    expect((await ask("how many incidents are there", "other")).body.sql).toBe(mine.body.sql);
    const right = await ask("how many pipelines are there", "asker");
    expect((await judge(right.body.query_id, { correct: true }, "asker")).body).toMatchObject({
      example_id: null,
      note: expect.stringContaining("query:teach"),
    });
    expect(
      await judge(mine.body.query_id, { correct: false, sql: "select 1" }, "asker"),
    ).toMatchObject({ status: 409 });
  });

  test("with the right SQL teaches it for the very question that was asked", async () => {
    const lost = await ask("how loyal are our folks");
    expect(lost.body.kind).not.toBe("answer");
    expect(await judge(lost.body.query_id, { correct: true })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/correct" }] },
    });
    const between = await ask("how many tickets are there");
    const broken = await judge(lost.body.query_id, {
      correct: false,
      sql: "select tierr from customers",
    });
    expect(broken).toMatchObject({ status: 400, body: { errors: [{ pointer: "/sql" }] } });
    const sql = "select tier, count(*) from customers group by tier";
    const said = await judge(lost.body.query_id, { correct: false, sql });
    expect(said.status, said.text).toBe(200);
    const example = (await listed()).find((one) => one.example_id === said.body.example_id);
    expect(example).toMatchObject({ question: "how loyal are our folks", sql });
    expect((await ask("How loyal are our folks?")).body).toMatchObject({
      provenance: "verified",
      sql,
    });
    expect((await ask("how many tickets are there")).body.sql).toBe(between.body.sql);
  });

  test("on another's query, on SQL and on nothing is refused", async () => {
    const theirs = await ask("how many models are there", "other");
    for (const by of ["asker", "teacher", "elsewhere"])
      expect(await judge(theirs.body.query_id, { correct: true }, by)).toMatchObject({
        status: 404,
        body: { code: "query_not_found" },
      });
    expect((await judge("qry_none", { correct: true })).status).toBe(404);
    const given = await platform.call(
      "POST",
      "query",
      { sql: "select 1", source: "demo" },
      as("teacher"),
    );
    expect((await judge(given.body.query_id, { correct: true })).status).toBe(400);
    // An admin may.
    expect(
      (await platform.call("POST", `query/${theirs.body.query_id}/feedback`, { correct: true }))
        .status,
    ).toBe(200);
  });
});

describe("suggestions", () => {
  const suggestions = async (by?: string) =>
    (
      await platform.call(
        "GET",
        "query/examples/suggestions?source=demo",
        undefined,
        by === undefined ? {} : as(by),
      )
    ).body.items as { question: string | null; sql: string; count: number; query_id: string }[];

  test("count one's own answers by the normalised question, and show another's to an admin only", async () => {
    for (const question of ["average unit price of products", "Average unit price of products?"])
      await ask(question);
    for (let n = 0; n < 2; n += 1) {
      await ask("how many customers in LATAM", "other");
      await platform.call(
        "POST",
        "query",
        { sql: "select max(order_id) from orders", source: "demo" },
        as("teacher"),
      );
    }
    const own = await suggestions("teacher");
    expect(own.find((one) => /average unit price/i.test(one.question ?? ""))?.count).toBe(2);
    expect(own.find((one) => one.sql.includes("max(order_id)"))).toMatchObject({
      question: null,
      provenance: "given",
      count: 2,
    });
    expect(JSON.stringify(own)).not.toContain("LATAM");
    expect((await suggestions()).some((one) => one.question?.includes("LATAM"))).toBe(true);
    expect(
      (await platform.call("GET", "query/examples/suggestions", undefined, as("asker"))).status,
    ).toBe(403);
    const { query_id } = own.find((one) => /unit price/i.test(one.question ?? "")) ?? {
      query_id: "",
    };
    expect((await judge(query_id, { correct: true })).status).toBe(200);
    expect(JSON.stringify(await suggestions("teacher"))).not.toMatch(/average unit price/i);
  });

  test("are kept from others by what a teacher calls wrong, and from nobody else by what one calls wrong for himself", async () => {
    const mine = "how many orders were cancelled";
    const asked = await ask(mine);
    await ask(mine);
    const theirs = await ask(mine, "asker");
    expect(theirs.body).toMatchObject({ kind: "answer", sql: asked.body.sql });
    const has = async (by?: string) =>
      (await suggestions(by)).some((one) => one.question === mine && one.sql === asked.body.sql);
    const said = await judge(theirs.body.query_id, { correct: false }, "asker");
    expect(said.body.scope).toBe("caller");
    expect([await has("teacher"), await has()]).toEqual([true, true]);
    await judge(asked.body.query_id, { correct: false });
    expect([await has("teacher"), await has()]).toEqual([false, false]);
  });
});

describe("a policy", () => {
  test("keeps examples of what it forbids from being listed, suggested, matched or adapted", async () => {
    const question = "secret roster of folks above 3";
    const taught = await teach(question, "select name from employees where team_id > 3");
    expect(taught.status, taught.text).toBe(201);
    const made = await platform.call("POST", "keys", {
      owner: "clerk",
      permissions: ["query:run", "query:teach"],
      roles: ["clerk"],
    });
    const clerk = { "x-api-key": made.body.key };
    const asClerk = (text: string) =>
      platform.call("POST", "query", { question: text, source: "demo" }, clerk);
    for (let n = 0; n < 2; n += 1) await asClerk("how many employees are on call");
    await platform.call("PUT", "policies/clerk", {
      source: "demo",
      roles: ["clerk"],
      table: { name: "customers" },
    });
    for (const text of [question, "secret roster of folks over 2"]) {
      const { body } = await asClerk(text);
      expect(body.kind).not.toBe("answer");
      expect(JSON.stringify(body)).not.toContain("employees");
    }
    const own = await platform.call("GET", "query/examples?source=demo", undefined, clerk);
    expect(own.body.items.length).toBeGreaterThan(0);
    expect(own.text).not.toMatch(/employees/);
    const hints = await platform.call(
      "GET",
      "query/examples/suggestions?source=demo",
      undefined,
      clerk,
    );
    expect(hints.status).toBe(200);
    expect(hints.text).not.toMatch(/employees/);
    const over = await platform.call(
      "POST",
      "query/examples",
      { source: "demo", question, sql: "select name from customers", replace: true },
      clerk,
    );
    expect(over).toMatchObject({ status: 409, body: { code: "example_conflict" } });
    expect(over.text).not.toMatch(/employees|ex_/);
    const asAdmin = (text: string) =>
      platform.call("POST", "query", { question: text, source: "demo" });
    expect((await asAdmin(question)).body.provenance).toBe("verified");
    expect((await asAdmin("secret roster of folks over 2")).body).toMatchObject({
      provenance: "generated",
      params: [2],
    });
    await platform.call("DELETE", "policies/clerk");
  });
});

describe.skipIf(postgresUrl === null)("a source whose tables change", () => {
  test("leaves stale examples out, says why, and takes them back when they are verified again", async () => {
    const database = await createServerDatabase();
    const { default: pg } = await import("pg");
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("create table parts (part_id int primary key, weight int, colour text)");
    await client.query("insert into parts values (1, 5, 'red'), (2, 7, 'blue')");
    const url = new URL(database.url);
    const source = await platform.call("POST", "sources", {
      source_id: "parts",
      type: "postgres",
      config: {
        host: url.hostname,
        port: Number(url.port),
        database: url.pathname.slice(1),
        ssl: "disable",
      },
      credentials: {
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
      },
    });
    expect(source.status, source.text).toBe(201);
    const lesson = {
      source: "parts",
      question: "heft of it all",
      sql: "select sum(weight) from parts",
    };
    const first = await platform.call("POST", "query/examples", lesson);
    expect(first.status, first.text).toBe(201);
    const answer = async () =>
      (await platform.call("POST", "query", { question: "Heft of it all?", source: "parts" })).body;
    const stale = async () =>
      (await platform.call("GET", "query/examples?source=parts")).body.items[0].stale;
    const refresh = () => platform.call("POST", "sources/parts/refresh", {});
    expect((await answer()).provenance).toBe("verified");

    await client.query("alter table parts drop column colour");
    await refresh();
    expect(await stale()).toBeNull();
    await client.query("alter table parts alter column weight type numeric");
    await refresh();
    expect(await stale()).toBe("the column parts.weight is numeric and was integer");
    expect((await answer()).provenance).not.toBe("verified");
    const again = await platform.call("POST", "query/examples", lesson);
    expect(again).toMatchObject({ status: 200, body: { example_id: first.body.example_id } });
    expect(await stale()).toBeNull();
    expect((await answer()).provenance).toBe("verified");

    await client.query("alter table parts rename column weight to mass");
    await refresh();
    expect(await stale()).toBe("the column parts.weight is gone");
    expect((await answer()).provenance).not.toBe("verified");
    expect(await platform.call("POST", "query/examples", lesson)).toMatchObject({ status: 400 });
    await client.query("drop table parts");
    await refresh();
    expect(await stale()).toBe("the table parts is gone");
    await client.end();
    await platform.call("DELETE", "sources/parts");
    await database.drop();
  });
});
