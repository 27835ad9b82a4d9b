/** A second set of questions over the demo source, written after the engine and run once before it was changed again. */
import type { AskCase } from "./ask-runner.ts";

const day = (column: string, from: string, to: string): string =>
  `${column} >= '${from}T00:00:00Z' and ${column} < '${to}T00:00:00Z'`;
const one = (question: string, sql: string): AskCase => ({ question, sql });

export const demoCasesUnseen: readonly AskCase[] = [
  one(
    "list the customers in Brazil that are on the free tier",
    "select customer_id from customers where country='Brazil' and tier='free'",
  ),
  one(
    "how many orders were cancelled in April 2026",
    `select count(*) from orders where status='cancelled' and ${day("ordered_at", "2026-04-01", "2026-05-01")}`,
  ),
  one(
    "what's the average number of attempts for failed jobs",
    "select avg(attempts) from jobs where status='failed'",
  ),
  one("average attempts of failed jobs", "select avg(attempts) from jobs where status='failed'"),
  one(
    "give me the number of tickets by channel and priority",
    "select channel, priority, count(*) from tickets group by 1,2",
  ),
  one(
    "which products cost more than 150",
    "select product_id from products where unit_price > 150",
  ),
  one(
    "how many employees work in each team",
    "select t.name, count(*) from employees join teams t using(team_id) group by t.team_id",
  ),
  one(
    "total units sold by category",
    "select category, sum(quantity) from order_items join products using(product_id) group by 1",
  ),
  one(
    "customers in EMEA or APAC",
    "select customer_id from customers where region in ('EMEA','APAC')",
  ),
  one(
    "weekly number of predictions",
    "select date_trunc('week', predicted_at, 'UTC'), count(*) from predictions group by 1",
  ),
  one(
    "lowest satisfaction score last month",
    `select min(satisfaction) from tickets where ${day("created_at", "2026-04-01", "2026-05-01")}`,
  ),
  one("who are the managers", "select employee_id from employees where role='manager'"),
  one(
    "employees with the role data scientist",
    "select employee_id from employees where role='data scientist'",
  ),
  one(
    "top 10 customers by number of tickets",
    "select c.name, count(*) from tickets join customers c using(customer_id) group by c.customer_id order by 2 desc, 1 limit 10",
  ),
  one(
    "incidents caused by failed jobs",
    "select distinct i.incident_id from incidents i join jobs using(job_id) where jobs.status='failed'",
  ),
  one("incidents without a job", "select incident_id from incidents where job_id is null"),
  one(
    "show all major incidents from the last 30 days",
    `select incident_id from incidents where severity='major' and ${day("opened_at", "2026-04-15", "2026-05-15")}`,
  ),
  one(
    "jobs started in the last 24 hours",
    "select job_id from jobs where started_at >= '2026-05-13T12:00:00Z' and started_at < '2026-05-14T12:00:00Z'",
  ),
  one(
    "count of orders by status for mobile channel",
    "select status, count(*) from orders where channel='mobile' group by 1",
  ),
  one(
    "number of enabled pipelines by kind",
    "select kind, count(*) from pipelines where enabled group by 1",
  ),
  one(
    "which model has the highest accuracy",
    "select m.name, max(accuracy) from model_versions join models m using(model_id) group by m.model_id order by 2 desc, 1 limit 1",
  ),
  one(
    "average score of positive predictions",
    "select avg(score) from predictions where label='positive'",
  ),
  one("what is the total number of customers", "select count(*) from customers"),
  one("customers whose email is unknown", "select customer_id from customers where email is null"),
  one(
    "longest running job today",
    `select job_id from jobs where ${day("scheduled_for", "2026-05-14", "2026-05-15")} order by duration_seconds desc nulls last, job_id limit 1`,
  ),
  one(
    "3 longest jobs yesterday",
    `select job_id from jobs where ${day("scheduled_for", "2026-05-13", "2026-05-14")} order by duration_seconds desc nulls last, job_id limit 3`,
  ),
  one(
    "revenue by country this year",
    `select country, sum(total_amount) from orders join customers using(customer_id) where ${day("ordered_at", "2026-01-01", "2027-01-01")} group by 1`,
  ),
  one(
    "how many customers have more than 50 orders",
    "select count(*) from (select customer_id from orders group by 1 having count(*)>50) x",
  ),
  one("tickets that are unresolved", "select ticket_id from tickets where resolved_at is null"),
  one(
    "orders from enterprise customers over 1000 euros since April",
    `select order_id from orders join customers using(customer_id) where tier='enterprise' and total_amount>1000 and ordered_at >= '2026-04-01Z'`,
  ),
  one("teams by budget", "select team_id from teams"),
  one(
    "high or critical priority jobs that failed this month",
    `select job_id from jobs where priority in ('high','critical') and status='failed' and ${day("scheduled_for", "2026-05-01", "2026-06-01")}`,
  ),
  one(
    "customers per account manager",
    "select e.name, count(*) from customers join employees e on employee_id=account_manager_id group by e.employee_id",
  ),
  one(
    "model versions released this year by stage",
    `select stage, count(*) from model_versions where ${day("released_at", "2026-01-01", "2027-01-01")} group by 1`,
  ),
  one(
    "number of distinct customers who ordered last week",
    `select count(distinct customer_id) from orders where ${day("ordered_at", "2026-05-04", "2026-05-11")}`,
  ),
  one(
    "churned customers by region",
    "select region, count(*) from customers where churned_at is not null group by 1",
  ),
  one(
    "products never ordered",
    "select product_id from products p where not exists (select from order_items i where i.product_id=p.product_id)",
  ),
  one(
    "out of memory errors last week",
    `select job_id from jobs where error_message='out of memory' and ${day("scheduled_for", "2026-05-04", "2026-05-11")}`,
  ),
  one(
    "average response time for urgent tickets in minutes",
    "select avg(first_response_minutes) from tickets where priority='urgent'",
  ),
  one(
    "jobs scheduled today that have not started",
    `select job_id from jobs where ${day("scheduled_for", "2026-05-14", "2026-05-15")} and started_at is null`,
  ),
];
