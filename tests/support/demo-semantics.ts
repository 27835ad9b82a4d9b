/** A semantic model for the sample source, as somebody who knows the company would write it. */
import { SemanticModel } from "../../shared/contract/semantic-model.ts";

export const demoModel: SemanticModel = SemanticModel.parse({
  tables: [
    {
      name: "customers",
      synonyms: ["logos"],
      columns: [{ name: "tier", synonyms: ["contract level"] }],
    },
    {
      name: "orders",
      description: "Orders placed by customers",
      synonyms: ["deals"],
      default_time_column: "ordered_at",
      columns: [
        { name: "channel", synonyms: ["route to market"] },
        { name: "discount_amount", synonyms: ["giveaways"], role: "measure" },
      ],
    },
    {
      name: "jobs",
      default_time_column: "started_at",
      columns: [{ name: "attempts", role: "dimension" }],
    },
    {
      name: "tickets",
      columns: [
        { name: "first_response_minutes", synonyms: ["reaction time"], default_aggregation: "max" },
      ],
    },
  ],
  relationships: [{ name: "reporter", from: "incidents.reported_by", to: "employees.employee_id" }],
  metrics: [
    {
      name: "net sales",
      synonyms: ["takings"],
      description: "What orders that were not cancelled brought in",
      table: "orders",
      expression: "sum(total_amount) - sum(discount_amount)",
      filters: ["status <> 'cancelled'"],
    },
    {
      name: "average order value",
      synonyms: ["AOV"],
      table: "orders",
      numerator: "sum(total_amount)",
      denominator: "count(*)",
    },
    {
      name: "failure rate",
      table: "jobs",
      expression: "count(*) filter (where status = 'failed') * 1.0 / count(*)",
    },
  ],
  filters: [
    {
      name: "loyal customers",
      synonyms: ["faithful"],
      table: "customers",
      condition: "churned_at is null and signed_up_at < '2026-01-01'",
    },
    {
      name: "big deals",
      table: "orders",
      condition: "total_amount >= 1000",
    },
    {
      name: "slow jobs",
      table: "jobs",
      condition: "duration_seconds > 600",
    },
  ],
});
