// covers: QRY-32
/** What an example reads: rather a column too many than one too few. */
import { expect, it } from "vitest";
import { readsOf } from "../../../shared/query/example-reads.ts";
import { shopSchema } from "../../support/shop-schema.ts";

const orders = shopSchema.tables.filter(({ name }) => name === "orders");

it.each([
  "select id from orders where status = '--' and amount > 1",
  "select id from orders where status = '/*' and amount > 1 and status <> '*/'",
  "select id /* status */ from orders -- 'one\nwhere amount > 1 and status = 'it''s'",
])("columns that stand after a string or comment are read: %s", (sql) => {
  const columns = readsOf(sql, orders).flatMap((read) => read.columns.map(({ name }) => name));
  expect(columns).toEqual(expect.arrayContaining(["id", "status", "amount"]));
});
