// covers: ASK-10, ASK-11
/** Which key a program joins on, and what its joins do to the rows, over a schema that PostgreSQL has accepted. */
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadNetwork } from "../../shared/adapters/question-network/load-network.ts";
import { graphOf, type SchemaGraph } from "../../shared/ask/network/graph.ts";
import { warningsOf } from "../../shared/ask/network/join-warnings.ts";
import { keyPreference } from "../../shared/ask/network/key-preference.ts";
import type { Condition, Program, Term } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { keysInDoubt, preferring, restateKeys } from "../../shared/ask/network/rival-keys.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { askedAt } from "../support/asked-at.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";
import { airlineSql } from "../support/network/airline.ts";
import { candidate, columnOf, comparison, noProgram, tableOf } from "../support/network/shop.ts";

let database: PGlite;
let schema: SourceSchema;
let graph: SchemaGraph;

beforeAll(async () => {
  database = await PGlite.create();
  await database.exec(airlineSql);
  schema = await introspectPglite(database);
  graph = graphOf(schema);
}, 90_000);
afterAll(() => database.close());

const candidates = [candidate("Oslo"), candidate("1", { kind: "one" })];
const term = (column: string, more: Partial<Term> = {}): Term => ({
  column: columnOf(graph, column),
  ...more,
});
const item = (column: string, more: Partial<Term> = {}): Program["select"][number] => ({
  kind: "term",
  term: term(column, more),
});
const count = { kind: "term", term: { aggregate: "count", column: "*" } } as const;
const where = (...columns: readonly string[]): Program["where"] =>
  columns.map((column) => ({ joiner: "and", condition: comparison(term(column), "=", 0) }));
const program = (tables: string, more: Partial<Program>): Program => ({
  ...noProgram,
  tables: tables.split(" ").map((name) => tableOf(graph, name)),
  ...more,
});
const warned = (tables: string, more: Partial<Program>): readonly string[] =>
  warningsOf(program(tables, more), graph, () => 0);

async function preferenceFor(question: string, over = schema) {
  const { network } = await loadNetwork();
  return keyPreference(network.read(question, over, askedAt(0)));
}

/** As a semantic model names them. */
function withRoles(...roles: readonly string[]): SourceSchema {
  const named = (table: SourceSchema["tables"][number]) => ({
    ...table,
    foreignKeys: table.foreignKeys.map((key) => {
      const at = ["origin_id", "destination_id"].indexOf(key.columns[0] ?? "");
      const name = roles[at];
      return name === undefined ? key : { ...key, name };
    }),
  });
  return { ...schema, tables: schema.tables.map(named) };
}

describe("two keys between the same two tables", () => {
  const flown = () =>
    program("flights airports", { select: [count], where: where("airports.city") });

  it("are in doubt where the question names neither, and each restatement says which it is", async () => {
    const preference = await preferenceFor("How many flights are there per airport?");
    const [keys = []] = keysInDoubt(flown(), graph, preference);
    const told = keys.map((key) => ({
      text: restateKeys(flown(), graph, preferring(key, preference)),
      sql: renderProgram(flown(), {
        graph,
        candidates,
        dialect: "postgres",
        preference: preferring(key, preference),
      }).sql,
    }));
    expect(told.map((one) => one.text).sort()).toEqual([
      ", by the destination airport",
      ", by the origin airport",
    ]);
    for (const { text, sql } of told) {
      expect(sql).toContain(
        text.includes("origin") ? "flights.origin_id" : "flights.destination_id",
      );
    }
  });

  it.each([
    ["How many flights have their origin in Oslo?", "origin"],
    ["How many flights have Oslo as destination?", "destination"],
    ["How many flights depart from Oslo?", "origin"],
    ["How many flights arrive in Oslo?", "destination"],
    ["How many flights go to Oslo?", "destination"],
  ])("are told apart by %j", async (question, which) => {
    const preference = await preferenceFor(question);
    expect(keysInDoubt(flown(), graph, preference)).toEqual([]);
    const text = restateKeys(flown(), graph, preference);
    expect(text).toMatch(new RegExp(`by the ${which} airport$`));
  });

  it.each([
    "I want to know how many flights Oslo has",
    "How many flights are there from Berlin to Oslo?",
  ])("are not told apart by %j", async (question) => {
    expect(keysInDoubt(flown(), graph, await preferenceFor(question))).toHaveLength(1);
  });

  it("are told apart by the role that the semantic model gives them", async () => {
    const named = withRoles("take-off field", "landing field");
    const preference = await preferenceFor("flights per landing field", named);
    const own = graphOf(named);
    expect(keysInDoubt(flown(), own, preference)).toEqual([]);
    expect(restateKeys(flown(), own, preference)).toMatch(/by the landing field$/);
  });

  it("are told apart by a verb whose past tells who did it", async () => {
    const select = [item("pilots.name")];
    const won = program("races pilots", { select });
    expect(keysInDoubt(won, graph, await preferenceFor("pilots in races"))).toHaveLength(1);
    const preference = await preferenceFor("Which pilots won races?");
    expect(keysInDoubt(won, graph, preference)).toEqual([]);
    expect(restateKeys(won, graph, preference)).toMatch(/by the winner$/);
  });

  it("are not told apart by the word for the table that holds them", async () => {
    const befriended = program("friends pilots", { select: [count] });
    const preference = await preferenceFor("How many friends are there?");
    expect(keysInDoubt(befriended, graph, preference)).toHaveLength(1);
  });

  it("are in doubt inside a nested query as well", async () => {
    const preference = await preferenceFor("flights longer than those of Oslo");
    const query = program("flights airports", {
      select: [item("flights.distance_km", { aggregate: "avg" })],
      where: where("airports.city"),
    });
    const condition: Condition = {
      term: term("flights.distance_km"),
      operator: ">",
      operand: { kind: "query", query },
    };
    const outer = program("flights", { select: [count], where: [{ joiner: "and", condition }] });
    expect(keysInDoubt(outer, graph, preference)).toHaveLength(1);
  });

  it("say whose key it is where the tables refer to each other", () => {
    const staffed = program("squads pilots", { select: [item("pilots.name")] });
    const [keys = []] = keysInDoubt(staffed, graph, () => 0);
    const texts = keys.map((key) =>
      restateKeys(
        staffed,
        graph,
        preferring(key, () => 0),
      ),
    );
    expect(new Set(texts.map((text) => text.replace(/^.*, /, "")))).toEqual(
      new Set(["by the squads’ leader", "by the pilots’ squad", "by pilots’ “hired by”"]),
    );
  });

  it("leaves a single key unsaid", () => {
    const booked = program("bookings flights", { select: [count] });
    expect(keysInDoubt(booked, graph, () => 0)).toEqual([]);
    expect(restateKeys(booked, graph, () => 0)).toBe("");
  });
});

describe("rows counted several times", () => {
  it.each(["sum", "avg", "count"] as const)(
    "warns of %s over a parent joined to its children",
    (aggregate) => {
      const select = [item("flights.distance_km", { aggregate })];
      const warning =
        "The distance km of flights with several bookings counts once for each of them.";
      expect(warned("flights bookings", { select, where: where("bookings.passenger") })).toEqual([
        warning,
      ]);
    },
  );

  it("warns through tables between, and inside a nested query", () => {
    const query = program("carriers bookings", {
      select: [item("carriers.fleet_size", { aggregate: "avg" })],
    });
    const condition: Condition = {
      term: term("carriers.fleet_size"),
      operator: ">",
      operand: { kind: "query", query },
    };
    expect(
      warned("carriers", {
        select: [item("carriers.name")],
        where: [{ joiner: "and", condition }],
      }),
    ).toEqual(["The fleet size of carriers with several flights counts once for each of them."]);
  });

  it.each(["max", "min", "countd"] as const)(
    "says nothing of %s, which repetition does not change",
    (aggregate) => {
      expect(
        warned("flights bookings", {
          select: [item("flights.distance_km", { aggregate })],
          where: where("bookings.passenger"),
        }),
      ).toEqual([]);
    },
  );

  it("says nothing of a child's figure beside its parent's columns", () => {
    const select = [item("bookings.price", { aggregate: "sum" })];
    expect(warned("bookings flights", { select, where: where("flights.flown_on") })).toEqual([]);
  });

  it("says nothing where a row has one child at most", () => {
    const select = [item("flights.distance_km", { aggregate: "sum" })];
    expect(warned("flights loads", { select, where: where("loads.cargo_kg") })).toEqual([]);
  });

  it("warns where parents are named and their children are what is counted", () => {
    expect(
      warned("flights bookings", { select: [count], where: where("bookings.passenger") }),
    ).toEqual(["What is counted are bookings: flights with several of them count several times."]);
    expect(
      warned("bookings flights", { select: [count], where: where("flights.flown_on") }),
    ).toEqual([]);
  });

  it("says nothing where each pair is there but once and the other half is settled", () => {
    const select = [item("pilots.name", { aggregate: "count" })];
    expect(warned("pilots ratings licences", { select, where: where("licences.licence") })).toEqual(
      [],
    );
    expect(warned("pilots ratings", { select })).toHaveLength(1);
    expect(
      warned("pilots ratings", { select: [count], where: where("ratings.licence_id") }),
    ).toEqual([]);
  });

  it("warns where two kinds of children make combinations", () => {
    const select = [item("carriers.alliance"), count];
    expect(warned("carriers flights complaints", { select })).toEqual([
      "Every combination of complaints and flights is counted.",
    ]);
  });

  it("tells of a key that only names tell", () => {
    const plain = (name: string, ...columns: readonly string[]) => ({
      ...{ schema: "public", name, kind: "table" as const, primaryKey: [], foreignKeys: [] },
      columns: columns.map((one) => ({ name: one, type: "integer", nullable: false })),
    });
    const tables = [plain("riders", "id"), plain("trips", "id", "rider_id")];
    const lake = graphOf({ version: "1", tables });
    const trips: Program = { ...noProgram, tables: [0, 1], select: [count] };
    expect(warningsOf(trips, lake, () => 0)).toContain(
      "The source declares no key of trips to riders: they are joined by “rider id”.",
    );
  });

  it("warns where no key joins the tables", () => {
    expect(warned("complaints currencies", { select: [count] })).toEqual([
      "No key leads to currencies: each of its rows meets every other row.",
    ]);
  });
});

describe("rows left out", () => {
  const perCarrier = () => ({
    select: [item("carriers.alliance"), item("flights.distance_km", { aggregate: "sum" })],
  });

  it("warns of children whose key may be empty, listed or added up", () => {
    const warning = "Flights without a carrier are left out.";
    expect(warned("flights carriers", perCarrier())).toEqual([warning]);
    const select = [item("flights.flown_on"), item("carriers.name")];
    expect(warned("flights carriers", { select })).toEqual([warning]);
    const bookings = [item("carriers.alliance"), count];
    expect(warned("bookings carriers", { select: bookings })).toEqual([warning]);
  });

  it("says nothing where the key is never empty", () => {
    const select = [item("bookings.passenger"), item("flights.flown_on")];
    expect(warned("bookings flights", { select })).toEqual([]);
  });

  it("says nothing where the question itself leaves them out", () => {
    expect(warned("flights carriers", { ...perCarrier(), where: where("carriers.name") })).toEqual(
      [],
    );
    expect(
      warned("flights carriers", { ...perCarrier(), where: where("flights.carrier_id") }),
    ).toEqual([]);
    const select = [item("carriers.name")];
    expect(warned("carriers flights", { select, where: where("flights.flown_on") })).toEqual([]);
  });

  it("warns of parents that have no children where parents are listed with a figure of theirs", () => {
    const select = [item("airports.name"), count];
    expect(warned("airports flights", { select })).toEqual([
      "Airports without flights are not listed.",
    ]);
    expect(warned("airports flights", { select, where: where("flights.flown_on") })).toEqual([
      "Airports without such flights are not listed.",
    ]);
  });

  it("says nothing of them where the first few or those with many were asked for", () => {
    const select = [item("airports.name"), count];
    const order = [{ aggregate: "count", column: "*" } as const];
    expect(warned("airports flights", { select, order, descending: true, limit: 1 })).toEqual([]);
    const condition = comparison({ aggregate: "count", column: "*" }, ">=", 1);
    expect(warned("airports flights", { select, having: [{ joiner: "and", condition }] })).toEqual(
      [],
    );
    expect(warned("airports flights", { select, order, limit: 1 })).toHaveLength(1);
  });

  it("says nothing of them where kinds of parents are what is told apart", () => {
    const select = [item("airports.city"), count];
    expect(warned("airports flights", { select })).toEqual([]);
  });
});
