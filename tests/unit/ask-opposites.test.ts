/** Questions of nearly the same words that ask for the opposite: what is verified for one says nothing of the other. */
// covers: ASK-35
import { describe, expect, it } from "vitest";
import { areOpposed, stanceOf } from "../../shared/ask/opposites.ts";
import { retrieveExamples } from "../../shared/ask/retrieve-examples.ts";
import { indexSchema } from "../../shared/ask/schema-index.ts";
import { shopSchema } from "../support/shop-schema.ts";

const index = indexSchema(shopSchema);
const likeness = (verified: string, asked: string) => {
  const sql = "select name from customers";
  const example = { exampleId: "1", sourceId: "shop", question: verified, sql, slots: [] };
  return retrieveExamples(asked, [example], index, 1)[0]?.likeness;
};

describe("two questions", () => {
  it.each([
    ["lowest order amount by region", "highest order amount by region"],
    ["customers with orders", "customers without orders"],
    ["customers with orders", "customers who have never placed orders"],
    ["orders that are shipped", "orders that aren’t shipped"],
    ["customers with less than 3 orders", "customers with more than 3 orders"],
    ["orders above 500", "orders not above 500"],
    ["orders before May", "orders after May"],
    ["customers in ascending order of name", "customers in descending order of name"],
  ])("are opposed, and not alike at all: %s / %s", (one, other) => {
    expect(areOpposed(stanceOf(one), stanceOf(other))).toBe(true);
    expect(areOpposed(stanceOf(other), stanceOf(one))).toBe(true);
    expect(likeness(one, other)).toBe(0);
  });

  it.each([
    ["highest order amount by region", "the largest amount of an order in each region"],
    ["customers without orders", "customers who have no orders"],
    ["customers with more than 3 orders", "customers with over 3 orders"],
    ["highest and lowest order amount", "the highest order amount and the lowest"],
    ["orders above 500", "orders above 700 and below 900"],
    ["newest customers", "the latest customers"],
    ["other details of customers", "details of customers"],
  ])("are not opposed: %s / %s", (one, other) => {
    expect(areOpposed(stanceOf(one), stanceOf(other))).toBe(false);
    expect(likeness(one, other)).toBeGreaterThan(0);
  });
});
