/** Other products' models, read into ours. */
// covers: SEM-07
import { expect, test } from "vitest";
import { convertCortex } from "../../shared/semantic/import-cortex.ts";

test("a Cortex relationship with a table that the document does not describe keeps the name as it is written", () => {
  const { model } = convertCortex({
    tables: [{ name: "SALES", base_table: { schema: "PUBLIC", table: "ORDERS" } }],
    relationships: [
      {
        left_table: "SALES",
        right_table: "PARTNERS",
        relationship_columns: [{ left_column: "partner", right_column: "partner_id" }],
      },
    ],
  });
  expect(model.relationships).toEqual([
    { from: ["PUBLIC.ORDERS.partner"], to: ["PARTNERS.partner_id"] },
  ]);
});
