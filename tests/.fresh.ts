import { PGlite } from "@electric-sql/pglite";
import { demoSchemaSql } from "../shared/demo/schema-sql.ts";
import { demoDataSql } from "../shared/demo/data-sql.ts";
import { createAskEngine } from "../shared/ask/engine.ts";
import { introspectPglite } from "./support/introspect-pglite.ts";
import { judge, tally } from "./support/ask-runner.ts";
const db = await PGlite.create(); await db.exec(demoSchemaSql); await db.exec(demoDataSql("2026-05-14"));
const schema = await introspectPglite(db); const engine = createAskEngine(); const now = Date.parse("2026-05-14T12:00:00Z");
const d = (c: string, a: string, b: string) => `${c} >= '${a}T00:00:00Z' and ${c} < '${b}T00:00:00Z'`;
const cases: [string, string][] = [
["list the customers in Brazil that are on the free tier", "select customer_id from customers where country='Brazil' and tier='free'"],
["how many orders were cancelled in April 2026", `select count(*) from orders where status='cancelled' and ${d("ordered_at","2026-04-01","2026-05-01")}`],
["what's the average number of attempts for failed jobs", "select avg(attempts) from jobs where status='failed'"],
["average attempts of failed jobs", "select avg(attempts) from jobs where status='failed'"],
["give me the number of tickets by channel and priority", "select channel, priority, count(*) from tickets group by 1,2"],
["which products cost more than 150", "select product_id from products where unit_price > 150"],
["how many employees work in each team", "select t.name, count(*) from employees join teams t using(team_id) group by t.team_id"],
["total units sold by category", "select category, sum(quantity) from order_items join products using(product_id) group by 1"],
["customers in EMEA or APAC", "select customer_id from customers where region in ('EMEA','APAC')"],
["weekly number of predictions", "select date_trunc('week', predicted_at, 'UTC'), count(*) from predictions group by 1"],
["lowest satisfaction score last month", `select min(satisfaction) from tickets where ${d("created_at","2026-04-01","2026-05-01")}`],
["who are the managers", "select employee_id from employees where role='manager'"],
["employees with the role data scientist", "select employee_id from employees where role='data scientist'"],
["top 10 customers by number of tickets", "select c.name, count(*) from tickets join customers c using(customer_id) group by c.customer_id order by 2 desc, 1 limit 10"],
["incidents caused by failed jobs", "select distinct i.incident_id from incidents i join jobs using(job_id) where jobs.status='failed'"],
["incidents without a job", "select incident_id from incidents where job_id is null"],
["show all major incidents from the last 30 days", `select incident_id from incidents where severity='major' and ${d("opened_at","2026-04-15","2026-05-15")}`],
["jobs started in the last 24 hours", "select job_id from jobs where started_at >= '2026-05-13T12:00:00Z' and started_at < '2026-05-14T12:00:00Z'"],
["count of orders by status for mobile channel", "select status, count(*) from orders where channel='mobile' group by 1"],
["number of enabled pipelines by kind", "select kind, count(*) from pipelines where enabled group by 1"],
["which model has the highest accuracy", "select m.name, max(accuracy) from model_versions join models m using(model_id) group by m.model_id order by 2 desc, 1 limit 1"],
["average score of positive predictions", "select avg(score) from predictions where label='positive'"],
["what is the total number of customers", "select count(*) from customers"],
["customers whose email is unknown", "select customer_id from customers where email is null"],
["longest running job today", `select job_id from jobs where ${d("scheduled_for","2026-05-14","2026-05-15")} order by duration_seconds desc nulls last, job_id limit 1`],
["3 longest jobs yesterday", `select job_id from jobs where ${d("scheduled_for","2026-05-13","2026-05-14")} order by duration_seconds desc nulls last, job_id limit 3`],
["revenue by country this year", `select country, sum(total_amount) from orders join customers using(customer_id) where ${d("ordered_at","2026-01-01","2027-01-01")} group by 1`],
["how many customers have more than 50 orders", "select count(*) from (select customer_id from orders group by 1 having count(*)>50) x"],
["tickets that are unresolved", "select ticket_id from tickets where resolved_at is null"],
["orders from enterprise customers over 1000 euros since April", `select order_id from orders join customers using(customer_id) where tier='enterprise' and total_amount>1000 and ordered_at >= '2026-04-01Z'`],
["teams by budget", "select team_id from teams"],
["high or critical priority jobs that failed this month", `select job_id from jobs where priority in ('high','critical') and status='failed' and ${d("scheduled_for","2026-05-01","2026-06-01")}`],
["customers per account manager", "select e.name, count(*) from customers join employees e on employee_id=account_manager_id group by e.employee_id"],
["model versions released this year by stage", `select stage, count(*) from model_versions where ${d("released_at","2026-01-01","2027-01-01")} group by 1`],
["number of distinct customers who ordered last week", `select count(distinct customer_id) from orders where ${d("ordered_at","2026-05-04","2026-05-11")}`],
["churned customers by region", "select region, count(*) from customers where churned_at is not null group by 1"],
["products never ordered", "select product_id from products p where not exists (select from order_items i where i.product_id=p.product_id)"],
["out of memory errors last week", `select job_id from jobs where error_message='out of memory' and ${d("scheduled_for","2026-05-04","2026-05-11")}`],
["average response time for urgent tickets in minutes", "select avg(first_response_minutes) from tickets where priority='urgent'"],
["jobs scheduled today that have not started", `select job_id from jobs where ${d("scheduled_for","2026-05-14","2026-05-15")} and started_at is null`],
];
const v = await judge({ db, engine, schema, examples: [], now }, cases.map(([question, sql]) => ({ question, sql })));
for (const x of v) if (x.verdict !== "right") console.log(x.verdict, x.confidence, "|", x.question, "|", x.detail, "\n");
console.log(tally(v), "confident wrong", v.filter((x) => x.verdict === "wrong" && x.confidence >= 0.8).length);
process.exit();
