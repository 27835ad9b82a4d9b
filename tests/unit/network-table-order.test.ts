// covers: ASK-07
/** Programs name their tables in an order of their own, which no catalogue's order changes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphOf, type SchemaGraph } from "../../shared/ask/network/graph.ts";
import { inTableOrder } from "../../shared/ask/network/table-order.ts";
import type { TableInfo } from "../../shared/sources/ports.ts";
import { madeSchemas } from "../../training/made-schemas.ts";

/** @param refers Names of tables that declared keys refer to. */
function table(name: string, columns: number, ...refers: readonly string[]): TableInfo {
  return {
    schema: "public",
    name,
    kind: "table",
    columns: Array.from({ length: columns }, (_, at) => ({
      name: `c${at}`,
      type: "integer",
      nullable: true,
    })),
    primaryKey: [],
    foreignKeys: refers.map((parent, at) => ({
      columns: [`c${at}`],
      references: { schema: "public", table: parent, columns: ["c0"] },
    })),
  };
}

function named(name: string, ...columns: readonly string[]): TableInfo {
  const own = columns.map((column) => ({ name: column, type: "integer", nullable: true }));
  return { ...table(name, 0), columns: own };
}

const namesOf = (tables: readonly TableInfo[]): readonly string[] => tables.map(({ name }) => name);

describe("the order of tables", () => {
  it("has what is referred to before what refers to it", () => {
    const tables = [table("reader", 5), table("a_loan", 4, "book", "reader"), table("book", 3)];
    expect(namesOf(inTableOrder(tables))).toEqual(["book", "reader", "a_loan"]);
  });

  it("counts keys that nobody declares", () => {
    const tables = [named("a_ride", "id", "bike_id", "km"), named("bikes", "id", "colour")];
    expect(namesOf(inTableOrder(tables))).toEqual(["bikes", "a_ride"]);
  });

  it("goes on where keys go round, with the table that most wait for", () => {
    const tables = [
      table("a_visit", 2, "member"),
      table("club", 2, "member"),
      table("member", 2, "club"),
      table("site", 2),
    ];
    expect(namesOf(inTableOrder(tables))).toEqual(["site", "member", "a_visit", "club"]);
  });

  it("waits for no table that is not there, nor for itself", () => {
    const tables = [table("b", 2, "gone"), table("a", 2, "a", "b")];
    expect(namesOf(inTableOrder(tables))).toEqual(["b", "a"]);
  });

  it("is the same however a catalogue lists them, and so are the keys that are read off names", () => {
    const orders = named("orders", "id", "user_id", "total");
    const schemas = [
      ...[...madeSchemas().values()].map((one) => one.tables),
      [named("dim_user", "id", "name"), named("tbl_user", "id", "name", "age"), orders],
      [
        named("profile", "account_id", "x"),
        named("account", "account_id"),
        named("visit", "account_id"),
      ],
      [{ ...orders, name: "Orders" }, orders, table("item", 2, "ORDERS")],
    ];
    const seen = ({ tables, keys }: SchemaGraph): unknown => [
      tables.map(({ info }) => info.name),
      keys.map(({ child, parent, links }) => [child, parent, links]),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...schemas), fc.infiniteStream(fc.nat()), (tables, keys) => {
        const shuffled = tables
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        const given = graphOf({ version: "1", tables: shuffled });
        expect(seen(given)).toEqual(seen(graphOf({ version: "1", tables })));
      }),
    );
  });

  it("takes a thousand tables that refer to each other", () => {
    const tables = Array.from({ length: 1_000 }, (_, at) =>
      table(`t${at}`, 3, `t${(at * 7 + 1) % 1_000}`, `t${(at * 3 + 2) % 1_000}`),
    );
    expect(new Set(namesOf(inTableOrder(tables))).size).toBe(1_000);
  });
});
