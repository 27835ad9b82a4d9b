// covers: ASK-07
/** Programs name their tables in an order of their own, which no catalogue's order changes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphOf } from "../../shared/ask/network/graph.ts";
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

const namesOf = (tables: readonly TableInfo[]): readonly string[] => tables.map(({ name }) => name);

describe("the order of tables", () => {
  it("has what is referred to before what refers to it", () => {
    const tables = [table("a_loan", 4, "book", "reader"), table("book", 3), table("reader", 5)];
    expect(namesOf(inTableOrder(tables))).toEqual(["reader", "book", "a_loan"]);
  });

  it("counts keys that nobody declares", () => {
    const named = (name: string, ...columns: readonly string[]): TableInfo => ({
      ...table(name, 0),
      columns: columns.map((own) => ({ name: own, type: "integer", nullable: true })),
    });
    const tables = [named("rides", "id", "bike_id", "km"), named("bikes", "id", "colour")];
    expect(namesOf(inTableOrder(tables))).toEqual(["bikes", "rides"]);
  });

  it("ends where keys go round, and where a table refers to itself or to one that is not there", () => {
    const tables = [table("a", 2, "b", "a"), table("b", 2, "a"), table("c", 2, "gone", "a")];
    expect(namesOf(inTableOrder(tables))).toEqual(["a", "b", "c"]);
  });

  it("is the same however a catalogue lists them, for every schema of ours", () => {
    const schemas = [...madeSchemas().values()];
    fc.assert(
      fc.property(fc.constantFrom(...schemas), fc.infiniteStream(fc.nat()), ({ tables }, keys) => {
        const shuffled = tables
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        const given = graphOf({ version: "1", tables: shuffled }).tables.map(({ info }) => info);
        expect(namesOf(given)).toEqual(namesOf(inTableOrder(tables)));
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
