// covers: ASK-08
/** Of a schema too large to look at whole, the part a question is about is kept, and every number in it is right. */

import { describe, expect, it } from "vitest";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { graphOf, type SchemaGraph } from "../../shared/ask/network/graph.ts";
import { linkNames } from "../../shared/ask/network/link-names.ts";
import { narrowGraph } from "../../shared/ask/network/narrow-graph.ts";
import { readThesaurus } from "../../shared/ask/network/thesaurus.ts";
import { tokenise } from "../../shared/ask/tokens.ts";
import type { SourceSchema, TableInfo } from "../../shared/sources/ports.ts";
import { askedAt } from "../support/asked-at.ts";
import { columnOf, madeGraph } from "../support/network/shop.ts";

const COLUMNS = 10;
const thesaurus = readThesaurus("", "");

/** Tables in a chain of keys; the last hold what the questions ask for. */
function chain(tables: number): SourceSchema {
  return {
    version: "1",
    tables: Array.from({ length: tables }, (_, at): TableInfo => {
      const last = at === tables - 1;
      const name = last ? "parcels" : `zone${String.fromCharCode(97 + at)}x`;
      const other = `zone${String.fromCharCode(96 + at)}x`;
      const plain = Array.from({ length: COLUMNS - 2 }, (_, one) => ({
        name: last && one === 5 ? "colour" : `q${at}w${one}`,
        type: "text",
        nullable: true,
        ...(last && one === 6 ? { values: ["Vermilion"] } : {}),
      }));
      return {
        schema: "public",
        name,
        kind: "table",
        primaryKey: ["id"],
        columns: [
          { name: "id", type: "integer", nullable: false },
          { name: "before_id", type: "integer", nullable: true },
          ...plain,
        ],
        foreignKeys:
          at === 0
            ? []
            : [
                {
                  columns: ["before_id"],
                  references: { schema: "public", table: other, columns: ["id"] },
                },
              ],
      };
    }),
  };
}

function narrowed(question: string, graph: SchemaGraph) {
  const tokens = tokenise(question);
  const candidates = readCandidates(tokens, graph, askedAt(0));
  return narrowGraph(graph, candidates, () => linkNames(tokens, graph, thesaurus));
}

const nameOf = ({ tables, columns }: SchemaGraph, at: number): string =>
  `${tables[columns[at]?.table ?? -1]?.info.name}.${columns[at]?.info.name}`;

describe("the part of a schema that a question is about", () => {
  const whole = graphOf(chain(30));
  const { graph, candidates } = narrowed("colour of Vermilion parcels", whole);

  it("leaves a small schema as it is, without looking for names", () => {
    const small = madeGraph("shop");
    const none = () => {
      throw new Error("asked");
    };
    expect(narrowGraph(small, [], none).graph).toBe(small);
  });

  it("keeps at most 100 of 300 columns, and 30 of 60 tables", () => {
    expect(whole.columns.length).toBe(300);
    expect(graph.columns.length).toBe(100);
    expect(narrowed("colour", graphOf(chain(60))).graph.tables.length).toBeLessThanOrEqual(30);
  });

  it("keeps the columns that are named, the whole table named, and where a value is stored", () => {
    expect(columnOf(graph, "parcels.colour")).toBeGreaterThanOrEqual(0);
    const parcels = graph.tables.find((one) => one.info.name === "parcels");
    expect(parcels?.columns.length).toBe(COLUMNS);
    const stored = candidates.find((one) => one.text === "Vermilion")?.stored;
    expect([...(stored ?? [])].map(([at, text]) => [nameOf(graph, at), text])).toEqual([
      ["parcels.q29w6", "Vermilion"],
    ]);
  });

  it("numbers columns, tables and keys anew without a mistake", () => {
    const named = new Set(whole.links.map((link) => link.map((at) => nameOf(whole, at)).join(">")));
    expect(graph.keys.length).toBeGreaterThan(0);
    for (const { child, parent, links } of graph.keys) {
      for (const [from, to] of links) {
        expect(named).toContain(`${nameOf(graph, from)}>${nameOf(graph, to)}`);
        expect([graph.columns[from]?.table, graph.columns[to]?.table]).toEqual([child, parent]);
      }
    }
    graph.tables.forEach((table, at) => {
      for (const column of table.columns) {
        expect(graph.columns[column]?.table).toBe(at);
        expect(table.info.columns).toContain(graph.columns[column]?.info);
      }
    });
    expect(graph.tables.flatMap((one) => one.columns).sort((a, b) => a - b)).toEqual(
      graph.columns.map((_, at) => at),
    );
  });

  it("keeps no list of values with the numbers of the whole", () => {
    expect(graph.values.size).toBe(0);
    expect(whole.values.size).toBe(1);
  });
});
