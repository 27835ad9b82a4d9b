// covers: ASK-08
/** Of a long list of columns none is left out that the question says in full. */

import { describe, expect, it } from "vitest";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { withListed } from "../../shared/ask/network/complete-list.ts";
import { emptyProgram, type Program, type Term } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import { askedAt } from "../support/asked-at.ts";
import { columnOf, tableOf } from "../support/network/shop.ts";

const { network } = await openNetwork(readAsset);
const schema = madeSchemas().get("made_shop");
if (schema === undefined) throw new Error("no shop");

/** What becomes of a program that shows these columns of `buyers`; undefined where nothing does. */
function completed(
  question: string,
  shown: readonly (string | Term)[],
  more: Partial<Program> = {},
): string | undefined {
  const reading = network.read(question, schema ?? { tables: [], version: "" }, askedAt(0));
  const { graph, candidates } = reading;
  const terms = shown.map((one) =>
    typeof one === "string" ? { column: columnOf(graph, one) } : one,
  );
  const program: Program = {
    ...emptyProgram,
    tables: [tableOf(graph, "buyers")],
    select: terms.map((term) => ({ kind: "term", term })),
    ...more,
  };
  const listed = withListed(program, reading);
  const place = { graph, candidates, dialect: "postgres", preference: () => 0 } as const;
  return (
    listed &&
    renderProgram(listed, place)
      .sql.replace(/\s+/g, " ")
      .replace(/ order by .*/, "")
  );
}

describe("columns that are said and not shown", () => {
  it("are shown where they are said", () => {
    expect(completed("name, email and city of all buyers", ["buyers.name", "buyers.city"])).toBe(
      "select name, email, city from buyers",
    );
    expect(completed("email, city and segment of buyers", ["buyers.city"])).toBe(
      "select email, city, segment from buyers",
    );
  });

  it("are grouped by beside a figure", () => {
    const count: Term = { aggregate: "count", column: "*" };
    expect(completed("city and number of buyers", [count])).toMatch(
      /^select city, count\(\*\) as count from buyers group by city/,
    );
  });

  it("bring their table with them", () => {
    expect(
      completed("emails of buyers and the placed at of their orders", ["buyers.email"]),
    ).toMatch(/join/);
  });

  it("are none where all are used, be it in a condition", () => {
    expect(completed("name and city of buyers", ["buyers.name", "buyers.city"])).toBeUndefined();
    expect(completed("buyers", ["buyers.name"])).toBeUndefined();
  });

  it("are not looked for where whole rows are shown, or rows of two queries put together", () => {
    expect(completed("everything of buyers, and the city", [{ column: "*" }])).toBeUndefined();
    const set = { operator: "union", query: emptyProgram } as const;
    expect(completed("name and city of buyers", ["buyers.name"], { set })).toBeUndefined();
  });
});
