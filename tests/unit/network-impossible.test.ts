/** Which programs are left out, however likely the network holds them. */
// covers: ASK-08, ASK-33
import { describe, expect, it } from "vitest";
import type { ValueCandidate } from "../../shared/ask/network/candidates.ts";
import { graphOf } from "../../shared/ask/network/graph.ts";
import { isImpossible, withoutImpossible } from "../../shared/ask/network/impossible.ts";
import { takesKeysForSizes as takesKeys } from "../../shared/ask/network/keys-as-sizes.ts";
import {
  type Condition,
  emptyProgram,
  type Program,
  type Term,
} from "../../shared/ask/network/program.ts";
import type { Proposal } from "../../shared/ask/network/question-network.ts";
import { doesOtherwise as differs, saidText } from "../../shared/ask/network/said-outright.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { shopSchema } from "../support/shop-schema.ts";

/** The shop with codes in the place of e-mail addresses: texts of which it is known what they are. */
const withCodes = (...values: readonly string[]): SourceSchema => ({
  ...shopSchema,
  tables: shopSchema.tables.map((table) => ({
    ...table,
    columns: table.columns.map((one) => (one.name === "email" ? { ...one, values } : one)),
  })),
});
const at = (table: string, column: string): number =>
  graphOf(shopSchema).columns.findIndex(
    ({ info, table: own }) =>
      info.name === column && graphOf(shopSchema).tables[own]?.info.name === table,
  );
const [name, code, region] = ["name", "email", "region"].map((one) => at("customers", one)) as [
  number,
  number,
  number,
];
const [status, amount, ordered] = ["status", "amount", "ordered_at"].map((one) =>
  at("orders", one),
) as [number, number, number];

const value = (text: string, kind: ValueCandidate["kind"], ...stored: readonly number[]) => ({
  ...{ kind, text, start: 0, end: 1 },
  stored: new Map(stored.map((column) => [column, text])),
});
const candidates: readonly ValueCandidate[] = [
  value("open", "text", status),
  value("shipped", "text", status),
  value("90", "number"),
  value("gold", "text", amount),
  value("Diana", "text"),
];
const [open, shipped, ninety, gold, diana] = [0, 1, 2, 3, 4] as const;
const shop = { tokens: [], graph: graphOf(shopSchema), candidates };
const coded = (...values: readonly string[]) => ({
  tokens: [],
  graph: graphOf(withCodes(...values)),
  candidates,
});

type Asked = Parameters<typeof withoutImpossible>[0];
const doesOtherwise = (program: Program, asked: Asked): boolean =>
  differs(program, saidText(asked.tokens), asked);
const takesKeysForSizes = (program: Program, { tokens, graph }: Asked): boolean =>
  takesKeys(program, saidText(tokens), graph);

const showing = (...terms: readonly Term[]): Program => ({
  ...emptyProgram,
  select: terms.map((term) => ({ kind: "term", term })),
});
const condition = (column: number, operator: Condition["operator"], ...values: number[]) => ({
  ...{ term: { column }, operator },
  operand: { kind: "values", values } as const,
});
const where = (joiner: "and" | "or", ...conditions: readonly Condition[]): Program => ({
  ...showing({ column: name }),
  where: conditions.map((one) => ({ joiner, condition: one })),
});
const only = (...of: Parameters<typeof condition>): Program => where("and", condition(...of));

describe("programs that no rows can answer", () => {
  it("are those where a column equals two values at once, and not where it may be either", () => {
    const both = [condition(status, "=", open), condition(status, "=", shipped)];
    expect(isImpossible(where("and", ...both), shop)).toBe(true);
    expect(isImpossible(where("or", ...both), shop)).toBe(false);
    expect(isImpossible(only(status, "=", open), shop)).toBe(false);
  });

  it("are those that take rows from themselves, put them with themselves, or show a thing twice", () => {
    const rows = only(status, "=", open);
    const set = (operator: "except" | "union", query: Program): Program => ({
      ...rows,
      set: { operator, query },
    });
    expect(isImpossible(set("except", rows), shop)).toBe(true);
    expect(isImpossible(set("union", rows), shop)).toBe(true);
    expect(isImpossible(set("except", only(status, "=", shipped)), shop)).toBe(false);
    const average: Term = { aggregate: "avg", column: amount };
    expect(isImpossible(showing(average, average), shop)).toBe(true);
    expect(isImpossible(showing(average, { column: amount }), shop)).toBe(false);
  });

  it.each(["sum", "avg", "max", "min"] as const)("are those with the %s of words", (aggregate) => {
    expect(isImpossible(showing({ aggregate, column: region }), shop)).toBe(true);
    const ordering = { ...showing({ column: name }), order: [{ aggregate, column: region }] };
    expect(isImpossible(ordering, shop)).toBe(true);
    expect(isImpossible(showing({ aggregate, column: code }), coded("12", "7.5"))).toBe(false);
    expect(isImpossible(showing({ aggregate, column: amount }), shop)).toBe(false);
  });

  it("are not those with a figure of texts of which nothing is known", () => {
    expect(isImpossible(showing({ aggregate: "avg", column: name }), shop)).toBe(false);
    expect(isImpossible(only(name, ">", ninety), shop)).toBe(false);
  });

  it("may count words, and may ask for the last of dates that are kept as texts", () => {
    expect(isImpossible(showing({ aggregate: "countd", column: region }), shop)).toBe(false);
    const dates = coded("2026-05-01", "2026-06-01");
    expect(isImpossible(showing({ aggregate: "max", column: code }), dates)).toBe(false);
    expect(isImpossible(showing({ aggregate: "avg", column: code }), dates)).toBe(true);
  });

  it("are those that look for letters in a number or a moment, unless they are another word for it", () => {
    expect(isImpossible(only(ordered, "contains", diana), shop)).toBe(true);
    expect(isImpossible(only(amount, "=", diana), shop)).toBe(true);
    expect(isImpossible(only(amount, "=", gold), shop)).toBe(false);
    expect(isImpossible(only(amount, "=", ninety), shop)).toBe(false);
    expect(isImpossible(only(name, "contains", diana), shop)).toBe(false);
  });

  it("are those that put words in order with a number", () => {
    expect(isImpossible(only(region, ">", ninety), shop)).toBe(true);
    expect(isImpossible(only(amount, ">", ninety), shop)).toBe(false);
    expect(isImpossible(only(code, ">", ninety), coded("91", "12"))).toBe(false);
  });

  it("are looked for in nested queries, too", () => {
    const nested: Condition = {
      ...condition(amount, ">"),
      operand: { kind: "query", query: showing({ aggregate: "avg", column: region }) },
    };
    expect(isImpossible(where("and", nested), shop)).toBe(true);
  });
});

describe("programs that put together what has nothing to do with each other", () => {
  const [customer, owner] = [at("customers", "id"), at("orders", "customer_id")];
  const order = at("orders", "id");
  const among = (column: number, key: number): Program =>
    where("and", {
      term: { column },
      operator: "in",
      operand: { kind: "query", query: showing({ column: key }) },
    });

  it("are those that seek a key among the keys to something else", () => {
    expect(isImpossible(among(customer, owner), shop)).toBe(false);
    expect(isImpossible(among(customer, order), shop)).toBe(true);
    expect(isImpossible(among(name, order), shop)).toBe(true);
    expect(isImpossible(among(name, code), shop)).toBe(false);
  });

  it("are not those of two tables of which no key says that they are of different things", () => {
    const users = (name: string) => ({
      ...{ schema: "public", name, kind: "table" as const, primaryKey: ["id"], foreignKeys: [] },
      columns: [{ name: "id", type: "integer", nullable: false }],
    });
    const apart = graphOf({ version: "1", tables: [users("users"), users("banned_users")] });
    expect(isImpossible(among(0, 1), { graph: apart, candidates })).toBe(false);
  });

  it("are those whose rows would all meet, unless a condition says which do", () => {
    const tables = [at("customers", "id"), at("Odd Names", "id")].map(
      (column) => shop.graph.columns[column]?.table ?? -1,
    );
    const both = { ...showing({ column: name }), tables };
    expect(isImpossible(both, shop)).toBe(true);
    const [joined] = where("and", {
      term: { column: name },
      operator: "=",
      operand: { kind: "column", column: at("Odd Names", "Select") },
    }).where;
    expect(isImpossible({ ...both, where: joined ? [joined] : [] }, shop)).toBe(false);
  });

  it("are those that compare a column with itself", () => {
    const less = (column: number): Program =>
      where("and", {
        term: { column: amount },
        operator: "<",
        operand: { kind: "column", column },
      });
    expect(isImpossible(less(amount), shop)).toBe(true);
    expect(isImpossible(less(order), shop)).toBe(false);
  });
});

describe("leaving them out", () => {
  const proposal = (program: Program, example = 0): Proposal => ({
    ...{ program, score: -1, found: true, told: undefined },
    suggested: { rules: 0, example },
  });
  const odd = showing({ aggregate: "avg", column: region });
  const plain = showing({ column: region });

  it("leaves the others in their order", () => {
    const all = [proposal(odd), proposal(plain), proposal(only(status, "=", open))];
    expect(withoutImpossible(shop, all)).toEqual(all.slice(1));
  });

  it("keeps what a person verified", () => {
    expect(withoutImpossible(shop, [proposal(odd, 0.9)])).toHaveLength(1);
  });

  it("keeps no guess at what a person meant who verified something else", () => {
    expect(withoutImpossible(shop, [proposal(odd, 0.05)])).toEqual([]);
  });
});

describe("programs that do otherwise than the question says outright", () => {
  const asked = (question: string, more: Partial<typeof shop> = {}) => ({
    ...shop,
    tokens: tokenise(normaliseText(question)),
    ...more,
  });
  const above = only(amount, ">", ninety);
  const below = only(amount, "<=", ninety);

  it.each([
    ["orders with an amount of more than 90", above, below],
    ["orders above 90", above, below],
    ["orders of 90 or more", above, below],
    ["orders with an amount lower than 90", below, above],
    ["orders under 90", below, above],
  ])("%s", (question, right, wrong) => {
    expect(doesOtherwise(right, asked(question))).toBe(false);
    expect(doesOtherwise(wrong, asked(question))).toBe(true);
  });

  it.each([
    "orders of not more than 90",
    "orders of at most 90 and more than 3 items",
    "customers with more than 3 orders and fewer than 90 items",
    "orders",
  ])("says nothing of “%s”", (question) => {
    for (const one of [above, below]) expect(doesOtherwise(one, asked(question))).toBe(false);
  });

  it("knows that what is older began earlier, and that two columns can be compared from both sides", () => {
    const earlier = only(ordered, "<", ninety);
    expect(doesOtherwise(earlier, asked("orders older than the first of 90"))).toBe(false);
    const columns: Condition = {
      ...condition(amount, "<"),
      operand: { kind: "column", column: amount },
    };
    expect(doesOtherwise(where("and", columns), asked("amount higher than amount"))).toBe(false);
  });

  it.each([
    ["customers who only have orders of more than 90", "except"],
    ["customers with an order over 90 and one under 3", "and"],
    ["accounts overdrawn by more than 90", "and"],
    ["orders over 90 days", "and"],
    ["which of them does Bob earn more than", "and"],
  ])("leaves “%s” alone", (question, operator) => {
    const query = operator === "except" ? { set: { operator, query: below } as const } : {};
    expect(doesOtherwise({ ...below, ...query }, asked(question))).toBe(false);
  });

  it("stays where there is nothing else", () => {
    const proposal = (program: Program) => ({ program, suggested: { example: 0 } });
    const question = asked("orders above 90");
    const wrong = proposal(below);
    expect(withoutImpossible(question, [wrong])).toEqual([wrong]);
    expect(withoutImpossible(question, [wrong, proposal(above)])).toEqual([proposal(above)]);
  });

  it("asks no end of what is not compared with a number", () => {
    expect(doesOtherwise(only(status, "=", open), asked("orders between 3 and 90"))).toBe(false);
  });

  it("takes both ends of a range", () => {
    const question = "orders with an amount between 3 and 90";
    const within = where("and", condition(amount, ">", open), condition(amount, "<", ninety));
    expect(doesOtherwise(only(amount, "=", ninety), asked(question))).toBe(true);
    expect(doesOtherwise(above, asked(question))).toBe(true);
    expect(doesOtherwise(within, asked(question))).toBe(false);
    expect(doesOtherwise(only(amount, "between", open, ninety), asked(question))).toBe(false);
    const apart = where("and", condition(amount, "=", ninety), condition(code, "=", ninety));
    const named = where("and", condition(amount, "=", ninety), condition(status, "=", open));
    expect(doesOtherwise(named, asked("open transfers from 3 to 90"))).toBe(true);
    expect(doesOtherwise(apart, asked("transfers from 3 to 90"))).toBe(false);
    expect(doesOtherwise(above, asked("orders of 3 to 90"))).toBe(true);
    const period = { ...value("last week", "number"), kind: "period" } as ValueCandidate;
    expect(doesOtherwise(above, asked(question, { candidates: [...candidates, period] }))).toBe(
      false,
    );
  });
});

describe("programs that lack a part which the question asks for", () => {
  const asked = (question: string) => ({ ...shop, tokens: tokenise(normaliseText(question)) });
  const plain = showing({ column: name });

  it("do not count what is to be counted as well", () => {
    const question = asked("the customer with the most orders, and also show the number of times");
    expect(doesOtherwise(plain, question)).toBe(true);
    const counted = showing({ column: name }, { aggregate: "count", column: "*" });
    expect(doesOtherwise(counted, question)).toBe(false);
    expect(doesOtherwise(showing({ column: amount }), question)).toBe(false);
  });

  it("take the last word of the alphabet for the most", () => {
    const first = { ...plain, order: [{ column: region }], descending: true, limit: ninety };
    expect(doesOtherwise(first, asked("the region with the most customers"))).toBe(true);
    expect(doesOtherwise(first, asked("the last region in alphabetical order"))).toBe(false);
    const most = { ...first, order: [{ column: amount }] };
    expect(doesOtherwise(most, asked("the region with the most customers"))).toBe(false);
  });
});

describe("keys that refer to another table", () => {
  const customer = at("orders", "customer_id");
  it("are names and no sizes: neither put in order with a value nor summed", () => {
    expect(takesKeysForSizes(only(customer, ">", ninety), shop)).toBe(true);
    expect(takesKeysForSizes(only(customer, "=", ninety), shop)).toBe(false);
    expect(takesKeysForSizes(showing({ aggregate: "sum", column: customer }), shop)).toBe(true);
    expect(takesKeysForSizes(showing({ aggregate: "count", column: customer }), shop)).toBe(false);
  });

  it("are known by their name, too, where nothing is declared", () => {
    const tables = shopSchema.tables.map((one) => ({ ...one, foreignKeys: [], primaryKey: [] }));
    const alone = tables.filter((one) => one.name === "orders");
    const graph = graphOf({ version: "1", tables: alone });
    const column = graph.columns.findIndex(({ info }) => info.name === "customer_id");
    expect(graph.keys).toEqual([]);
    expect(takesKeysForSizes(only(column, ">", ninety), { ...shop, graph })).toBe(true);
  });

  it.each([
    "orders with a customer id above 90",
    "orders whose customer id is equal to or above 90",
    "customer ids exceeding 90",
    "orders with customer id 90 or more",
  ])("may be compared by who says so: %s", (question) => {
    const tokens = tokenise(normaliseText(question));
    expect(takesKeysForSizes(only(customer, ">", ninety), { ...shop, tokens })).toBe(false);
  });

  it("are dates where they are those of a calendar", () => {
    const days: SourceSchema = {
      version: "1",
      tables: shopSchema.tables.map((table) =>
        table.name !== "orders"
          ? table
          : {
              ...table,
              columns: table.columns.map((one) =>
                one.name === "customer_id" ? { ...one, name: "date_key" } : one,
              ),
              foreignKeys: table.foreignKeys.map((key) => ({ ...key, columns: ["date_key"] })),
            },
      ),
    };
    const graph = graphOf(days);
    const date = graph.columns.findIndex(({ info }) => info.name === "date_key");
    expect(graph.columns[date]?.foreignKey).toBe(true);
    expect(takesKeysForSizes(only(date, ">", ninety), { ...shop, graph })).toBe(false);
  });
});
