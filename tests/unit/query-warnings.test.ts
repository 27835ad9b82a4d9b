// covers: ASK-11
/** The rules' answers say what their joins leave out, as the network's do. */
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { demoSchemaSql } from "../../shared/demo/schema-sql.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";

let database: PGlite;
let schema: SourceSchema;

beforeAll(async () => {
  database = await PGlite.create();
  await database.exec(demoSchemaSql);
  schema = await introspectPglite(database);
}, 90_000);
afterAll(() => database.close());

async function warned(
  question: string,
  asked: SourceSchema = schema,
): Promise<readonly string[] | undefined> {
  const engine = createAskEngine(loadDateReader);
  const outcome = await engine.ask({ question, schema: asked, examples: [], now: 0 });
  expect([question, outcome.kind]).toEqual([question, "answer"]);
  return outcome.kind === "answer" ? outcome.warnings : undefined;
}

describe("an answer by the rules", () => {
  it("says who is not listed, and which rows are left out", async () => {
    expect(await warned("number of customers per account manager")).toEqual([
      "Customers without an account manager are left out.",
      "Employees without customers are not listed.",
    ]);
    expect(await warned("number of employees per team")).toEqual([
      "Teams without employees are not listed.",
    ]);
  });

  it("says so of the same tables in whatever order a catalogue lists them", async () => {
    const turned = { version: "turned", tables: schema.tables.toReversed() };
    const question = "number of customers per account manager";
    expect(await warned(question, turned)).toEqual(await warned(question));
    expect(await warned("number of employees per team", turned)).toEqual([
      "Teams without employees are not listed.",
    ]);
  });

  it("says nothing where nothing is left out", async () => {
    expect(await warned("how many customers are there")).toEqual([]);
    expect(await warned("total amount of orders by region")).toEqual([]);
    expect(await warned("top 3 teams by number of employees")).toEqual([]);
  });
});
