// covers: ASK-08
/** Keys that are not declared are read off names: files of a lake declare none, and many databases leave them out. */

import { describe, expect, it } from "vitest";
import { impliedKeys } from "../../shared/ask/implied-keys.ts";
import { graphOf } from "../../shared/ask/network/graph.ts";
import { isImpossible } from "../../shared/ask/network/impossible.ts";
import { emptyProgram } from "../../shared/ask/network/program.ts";
import type { TableInfo } from "../../shared/sources/ports.ts";

/** `trips: id start_station_id`; `!name` is of the primary key, `name'` is text. */
function table(line: string, more: Partial<TableInfo> = {}): TableInfo {
  const [name = "", columns = ""] = line.split(": ");
  const all = columns.split(" ").map((text) => ({
    name: text.replace(/[!']/g, ""),
    type: text.endsWith("'") ? "text" : "integer",
    nullable: false,
    isKey: text.startsWith("!"),
  }));
  return {
    ...{ schema: "public", name, kind: "table", foreignKeys: [] },
    primaryKey: all.filter((one) => one.isKey).map((one) => one.name),
    columns: all.map(({ isKey, ...column }) => column),
    ...more,
  };
}

const named = (...lines: readonly string[]): readonly string[] => {
  const tables = lines.map((line) => table(line));
  return impliedKeys(tables).map(
    ({ child, parent, column, key }) =>
      `${tables[child]?.name}.${column} → ${tables[parent]?.name}.${key}`,
  );
};

describe("keys that are not declared", () => {
  it("are told by the name of the key", () => {
    expect(named("customers: !customer_id name'", "orders: !order_id customer_id")).toEqual([
      "orders.customer_id → customers.customer_id",
    ]);
  });

  it("are told by the table's name, whatever part it plays, and in both directions", () => {
    expect(named("stations: !id name'", "trips: !id start_station_id end_station_id")).toEqual([
      "trips.start_station_id → stations.id",
      "trips.end_station_id → stations.id",
    ]);
    expect(named("contracts: id customer_id", "customers: id name' current_contract_id")).toEqual([
      "contracts.customer_id → customers.id",
      "customers.current_contract_id → contracts.id",
    ]);
  });

  it.each([
    [["stations: id name'", "trips: id station_id"], "trips.station_id → stations.id"],
    [
      ["Customer: CustomerID Name'", "Invoice: InvoiceID CustomerID"],
      "Invoice.CustomerID → Customer.CustomerID",
    ],
    [
      ["customer: customerid name'", "invoice: invoiceid customerid"],
      "invoice.customerid → customer.customerid",
    ],
    [
      ["dim_customer: customer_key name'", "fact_sales: sale_key customer_key"],
      "fact_sales.customer_key → dim_customer.customer_key",
    ],
    [["dim_customer: id", "fact_sales: customer_id"], "fact_sales.customer_id → dim_customer.id"],
    [["users: _id name'", "orders: _id user_id"], "orders.user_id → users._id"],
  ])("need no primary key, if the first column is called like one: %j", (lines, key) => {
    expect(named(...lines)).toEqual([key]);
  });

  it("may be shared by several rows of a table that begins with something else", () => {
    const teams = [table("teams: year team_id name'"), table("salaries: year team_id amount")];
    expect(impliedKeys(teams)).toEqual([
      { child: 1, parent: 0, column: "team_id", key: "team_id", shared: true },
    ]);
    expect(named("teams: id team_id", "salaries: team_id")).toEqual([
      "salaries.team_id → teams.id",
    ]);
    const graph = graphOf({ version: "1", tables: teams });
    const tables = graph.tables.map((_, at) => at);
    const amount = graph.columns.findIndex(({ info }) => info.name === "amount");
    const made = (aggregate: "sum" | "max") => ({
      ...{ ...emptyProgram, tables },
      select: [{ kind: "term", term: { aggregate, column: amount } } as const],
    });
    expect(isImpossible(made("sum"), { graph, candidates: [] })).toBe(true);
    expect(isImpossible(made("max"), { graph, candidates: [] })).toBe(false);
  });

  it("are of one row rather than of several, whichever way they lead", () => {
    expect(named("pages: page_id title'", "page: seen_at page_id")).toEqual([
      "page.page_id → pages.page_id",
    ]);
    expect(
      named("stores: city' store_id", "store_info: !store_id manager'", "sales: id store_id"),
    ).toEqual(["stores.store_id → store_info.store_id", "sales.store_id → store_info.store_id"]);
  });

  it("are of the table that a name says most of, and not of those that add to it", () => {
    expect(named("items: !id", "order_items: !id item_no", "shipments: !id order_item_id")).toEqual(
      ["shipments.order_item_id → order_items.id"],
    );
    expect(named("items: !id", "order_items: !order_item_id product_id")).toEqual([]);
    expect(
      named("customers: !customer_id", "customer_details: !customer_id", "orders: !id customer_id"),
    ).toEqual([
      "customer_details.customer_id → customers.customer_id",
      "orders.customer_id → customers.customer_id",
    ]);
  });

  it.each([
    [["a: !id name'", "b: !id name'"]],
    [["users: !_id", "events: !_id kind'"]],
    [["rooms: !number", "people: !id number phone_number"]],
    [["stations: !id", "trips: !id station_id'"]],
    [["seats: !room !seat_id", "tickets: !id seat_id"]],
    [["stations: !id", "trips: !id substation_id"]],
  ])("are none of plain names, other kinds and parts of a key: %j", (lines) => {
    expect(named(...lines)).toEqual([]);
  });

  it("are none of columns and between tables that a declared key connects", () => {
    const references = { schema: "public", table: "stations", columns: ["id"] };
    const foreignKeys = [{ columns: ["start_station_id"], references }];
    const trips = table("trips: !id start_station_id end_station_id", { foreignKeys });
    expect(impliedKeys([table("stations: !id"), trips])).toEqual([]);
    const other = table("starts: !id", { columns: table("starts: !id").columns });
    expect(impliedKeys([table("stations: !id"), other, trips])).toEqual([]);
  });

  it("lead neither to views nor out of a schema", () => {
    const orders = table("orders: !id customer_id");
    const view = table("customers: id", { kind: "view" });
    expect(impliedKeys([view, orders])).toEqual([]);
    expect(impliedKeys([table("customers: !id", { schema: "other" }), orders])).toEqual([]);
  });

  it("are none of what a policy masks", () => {
    const masked = (line: string): TableInfo => {
      const one = table(line, { primaryKey: [] });
      return { ...one, columns: one.columns.map((column) => ({ ...column, masked: true })) };
    };
    expect(impliedKeys([masked("customers: id"), table("orders: !id customer_id")])).toEqual([]);
    expect(impliedKeys([table("customers: !id"), masked("orders: id customer_id")])).toEqual([]);
  });

  it("are found among a thousand wide tables without a pause", () => {
    const columns = Array.from({ length: 49 }, (_, at) => `measure_${at}`).join(" ");
    const wide = Array.from({ length: 1_000 }, (_, at) =>
      table(`t${at}x: !id t${(at + 1) % 1_000}x_id ${columns}`),
    );
    // A comparison of all tables with all others would take minutes, and the test run would be cut off.
    expect(impliedKeys(wide)).toHaveLength(1_000);
  });

  it("join tables, whose rows would else all meet", () => {
    const both = { ...emptyProgram, tables: [0, 1] };
    const schema = (...lines: readonly string[]) => ({
      tokens: [],
      graph: graphOf({ version: "1", tables: lines.map((line) => table(line)) }),
      candidates: [],
    });
    expect(isImpossible(both, schema("stations: id", "trips: id station_id"))).toBe(false);
    expect(isImpossible(both, schema("stations: id", "trips: id length"))).toBe(true);
  });
});
