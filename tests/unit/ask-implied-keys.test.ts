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

  it("are told by the table's name, whatever part it plays", () => {
    expect(named("stations: !id name'", "trips: !id start_station_id end_station_id")).toEqual([
      "trips.start_station_id → stations.id",
      "trips.end_station_id → stations.id",
    ]);
  });

  it("need no primary key, if the first column is called like one", () => {
    expect(named("stations: id name'", "trips: id station_id")).toEqual([
      "trips.station_id → stations.id",
    ]);
    expect(named("Customer: CustomerID Name'", "Invoice: InvoiceID CustomerID")).toEqual([
      "Invoice.CustomerID → Customer.CustomerID",
    ]);
    expect(named("teams: year team_id", "salaries: year team_id")).toEqual([]);
  });

  it("are none between plain names, other kinds, parts of a key, and words that only end alike", () => {
    expect(named("a: !id name'", "b: !id name'")).toEqual([]);
    expect(named("stations: !id", "trips: !id station_id'")).toEqual([]);
    expect(named("seats: !room !seat_id", "tickets: !id seat_id")).toEqual([]);
    expect(named("stations: !id", "trips: !id substation_id")).toEqual([]);
  });

  it("are not looked for between tables that a declared key connects", () => {
    const references = { schema: "public", table: "stations", columns: ["id"] };
    const trips = table("trips: !id start_station_id end_station_id", {
      foreignKeys: [{ columns: ["start_station_id"], references }],
    });
    expect(impliedKeys([table("stations: !id"), trips])).toEqual([]);
  });

  it("join tables, whose rows would else all meet", () => {
    const both = { ...emptyProgram, tables: [0, 1] };
    const schema = (...lines: readonly string[]) => ({
      graph: graphOf({ version: "1", tables: lines.map((line) => table(line)) }),
      candidates: [],
    });
    expect(isImpossible(both, schema("stations: id", "trips: id station_id"))).toBe(false);
    expect(isImpossible(both, schema("stations: id", "trips: id length"))).toBe(true);
  });
});
