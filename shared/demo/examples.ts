/** Questions over the demo source that were verified together with their SQL. */
import type { VerifiedExample } from "../ask/ports.ts";

const startOfToday = "date_trunc('day', now(), 'UTC')";

const example = (
  name: string,
  question: string,
  sql: string,
  slots: readonly string[] = [],
): VerifiedExample => ({
  exampleId: `demo-${name}`,
  sourceId: "demo",
  question,
  sql,
  slots,
});

const jobs: readonly VerifiedExample[] = [
  example(
    "active-jobs-on-day",
    "active jobs for {day:date}",
    "select job_id, name, priority, trigger, attempts, scheduled_for, started_at, rows_processed from jobs where status = 'active' and scheduled_for >= $1::date::timestamp at time zone 'UTC' and scheduled_for < ($1::date + 1)::timestamp at time zone 'UTC' order by scheduled_for, job_id",
    ["day"],
  ),
  example(
    "failed-jobs-last-days",
    "failed jobs of the last {n:int} days",
    `select job_id, name, priority, finished_at, error_message from jobs where status = 'failed' and scheduled_for >= ${startOfToday} - make_interval(days => $1::integer - 1) order by scheduled_for desc, job_id`,
    ["n"],
  ),
  example(
    "jobs-on-day",
    "jobs on {day:date} by status",
    "select status, count(*) as count from jobs where scheduled_for >= $1::date::timestamp at time zone 'UTC' and scheduled_for < ($1::date + 1)::timestamp at time zone 'UTC' group by status order by status",
    ["day"],
  ),
  example(
    "failure-rate-by-pipeline",
    "failure rate by pipeline",
    "select p.name, round(avg((j.status = 'failed')::integer), 4) as failure_rate from jobs j join pipelines p using (pipeline_id) where j.status in ('completed', 'failed') group by p.pipeline_id, p.name order by failure_rate desc, p.name",
  ),
  example(
    "median-duration-by-kind",
    "median duration by kind of pipeline",
    "select p.kind, percentile_cont(0.5) within group (order by j.duration_seconds) as median_seconds from jobs j join pipelines p using (pipeline_id) where j.duration_seconds is not null group by p.kind order by p.kind",
  ),
  example(
    "jobs-of-pipeline",
    "latest {n:int} jobs of pipeline {name:value}",
    "select j.job_id, j.name, j.status, j.scheduled_for, j.duration_seconds from jobs j join pipelines p using (pipeline_id) where p.name = $2::text order by j.scheduled_for desc, j.job_id limit $1::bigint",
    ["n", "name"],
  ),
  example(
    "common-errors",
    "most common errors",
    "select error_message, count(*) as count from jobs where error_message is not null group by error_message order by count desc, error_message",
  ),
  example(
    "late-jobs",
    "jobs that started more than {n:int} minutes late",
    "select job_id, name, scheduled_for, started_at from jobs where started_at > scheduled_for + make_interval(mins => $1::integer) order by scheduled_for desc, job_id",
    ["n"],
  ),
];

const commerce: readonly VerifiedExample[] = [
  example(
    "net-revenue-by-month",
    "net revenue by month",
    "select date_trunc('month', ordered_at, 'UTC') as month, sum(total_amount) as net_revenue from orders where status not in ('cancelled', 'returned') group by month order by month",
  ),
  example(
    "gross-revenue-by-month",
    "gross revenue by month",
    "select date_trunc('month', ordered_at, 'UTC') as month, sum(total_amount + discount_amount) as gross_revenue from orders group by month order by month",
  ),
  example(
    "revenue-by-category",
    "revenue by product category",
    "select p.category, sum(i.quantity * i.unit_price) as revenue from order_items i join products p using (product_id) group by p.category order by revenue desc",
  ),
  example(
    "top-products",
    "top {n:int} products by revenue",
    "select p.name, sum(i.quantity * i.unit_price) as revenue from order_items i join products p using (product_id) group by p.product_id, p.name order by revenue desc, p.name limit $1::bigint",
    ["n"],
  ),
  example(
    "revenue-of-customer",
    "revenue of customer {name:text}",
    "select coalesce(sum(o.total_amount), 0) as revenue from orders o join customers c using (customer_id) where c.name = $1::text",
    ["name"],
  ),
  example(
    "orders-of-customer",
    "orders of {name:text}",
    "select o.order_id, o.status, o.total_amount, o.ordered_at from orders o join customers c using (customer_id) where c.name = $1::text order by o.ordered_at desc, o.order_id",
    ["name"],
  ),
  example(
    "average-order-value",
    "average order value by region",
    "select c.region, round(avg(o.total_amount), 2) as average_order_value from orders o join customers c using (customer_id) group by c.region order by c.region",
  ),
  example(
    "cancellation-rate",
    "cancellation rate",
    "select round(avg((status = 'cancelled')::integer), 4) as cancellation_rate from orders",
  ),
  example(
    "churned-by-tier",
    "churn rate by tier",
    "select tier, round(avg((churned_at is not null)::integer), 4) as churn_rate from customers group by tier order by tier",
  ),
  example(
    "repeat-customers",
    "how many repeat customers are there",
    "select count(*) as count from (select customer_id from orders group by customer_id having count(*) > 1) repeated",
  ),
  example(
    "new-customers-by-month",
    "new customers by month",
    "select date_trunc('month', signed_up_at, 'UTC') as month, count(*) as count from customers group by month order by month",
  ),
];

const care: readonly VerifiedExample[] = [
  example(
    "open-urgent-tickets",
    "open urgent tickets",
    "select t.ticket_id, c.name as customer, t.subject, t.created_at from tickets t join customers c using (customer_id) where t.status = 'open' and t.priority = 'urgent' order by t.created_at, t.ticket_id",
  ),
  example(
    "time-to-resolve",
    "average time to resolve by priority",
    "select priority, round(avg(extract(epoch from resolved_at - created_at)) / 3600, 1) as hours from tickets where resolved_at is not null group by priority order by priority",
  ),
  example(
    "tickets-of-region",
    "tickets from {region:value} customers",
    "select t.ticket_id, c.name as customer, t.subject, t.status, t.created_at from tickets t join customers c using (customer_id) where c.region = $1::text order by t.created_at desc, t.ticket_id",
    ["region"],
  ),
  example(
    "worst-satisfaction",
    "satisfaction by assignee",
    "select e.name, round(avg(t.satisfaction), 2) as satisfaction, count(t.satisfaction) as ratings from tickets t join employees e on e.employee_id = t.assignee_id where t.satisfaction is not null group by e.employee_id, e.name order by satisfaction, e.name",
  ),
];

const models: readonly VerifiedExample[] = [
  example(
    "models-in-production",
    "models in production",
    "select m.name, v.version, v.accuracy, v.released_at from models m join model_versions v using (model_id) where v.stage = 'production' order by m.name, v.version",
  ),
  example(
    "latency-p95",
    "p95 latency by model",
    "select m.name, percentile_cont(0.95) within group (order by p.latency_ms) as latency_ms_p95 from predictions p join model_versions v using (model_version_id) join models m using (model_id) group by m.model_id, m.name order by latency_ms_p95 desc, m.name",
  ),
  example(
    "error-rate-by-model",
    "error rate by model",
    "select m.name, round(avg((p.outcome <> 'ok')::integer), 4) as error_rate from predictions p join model_versions v using (model_version_id) join models m using (model_id) group by m.model_id, m.name order by error_rate desc, m.name",
  ),
  example(
    "predictions-on-day",
    "how many predictions were made on {day:date}",
    "select count(*) as count from predictions where predicted_at >= $1::date::timestamp at time zone 'UTC' and predicted_at < ($1::date + 1)::timestamp at time zone 'UTC'",
    ["day"],
  ),
];

export const demoExamples: readonly VerifiedExample[] = [...jobs, ...commerce, ...care, ...models];
