/** The guard's fixture with canaries where the analyst may not look, policies for it, and the same view written by hand. */
import type { PGlite } from "@electric-sql/pglite";
import { INTROSPECT_SQL, toSourceSchema } from "../../shared/adapters/pg-values/introspect.ts";
import type { Policy } from "../../shared/policy/ports.ts";
import { grant } from "./policy-bench.ts";
import { SQL_FIXTURE } from "./sql-corpus.ts";

export const CANARY = "CANARY";

/** Hidden rows, hidden columns, masked values and forbidden tables each hold the canary. */
const CANARIES = `
update customers set ssn = 'CANARY-ssn-' || id;
update customers set email = 'CANARY-email-' || id where region <> 'emea';
update orders set note = 'CANARY-note-' || id;
update orders set status = 'CANARY-void' where status = 'void';
update secrets set token = 'CANARY-token';
update events set payload = jsonb_build_object('x', 'CANARY-payload');
update update_log set updated_by = 'CANARY-log';
create table salaries (id int, owner text, amount int, code text);
insert into salaries select g, case when g % 2 = 0 then 'alice' else 'bob' end, 1000 + g, case when g % 2 = 0 then g::text else 'CANARY-code-' || g end from generate_series(1, 20) g;
create type mood as enum ('glad', 'sad');
create table feelings (id int, mood mood, diary text);
insert into feelings values (1, 'glad', 'abcdefgh'), (2, 'sad', 'xyz'), (3, 'sad', null);
create function leak(text) returns text language sql security definer as $$ select token from secrets limit 1 $$;
`;

export const ANALYST_POLICIES: readonly Policy[] = [
  grant("customers", {
    columns: {
      kind: "allow",
      names: ["id", "name", "email", "region", "profile", "tags", "created_at"],
    },
    rowFilter: "region = {principal.region}",
  }),
  grant("orders", {
    rowFilter: "status in ('open', 'paid')",
    masks: { note: { kind: "constant", value: "***", filterable: false } },
  }),
  grant("employees", { masks: { salary: { kind: "null", filterable: false } } }),
  grant("events", { columns: { kind: "deny", names: ["payload"] } }),
  grant("Order Items"),
  grant("active_customers"),
  grant("salaries", { rowFilter: "owner = {principal.owner}" }),
  grant("feelings", { masks: { diary: { kind: "partial", keepLast: 3, filterable: true } } }),
];

/** What the analyst of the region emea, alice, should see: the same names in a schema of their own. */
const HAND_WRITTEN = `
create schema by_hand;
create view by_hand.customers with (security_barrier) as select id, name, email, region, profile, tags, created_at from public.customers where region = 'emea';
create view by_hand.orders with (security_barrier) as select id, customer_id, status, amount, created_at, '***'::text as note from public.orders where status in ('open', 'paid');
create view by_hand.employees as select id, manager_id, name, null::int as salary from public.employees;
create view by_hand.events as select id, kind, at, "update", "delete" from public.events;
create view by_hand."Order Items" as select * from public."Order Items";
create view by_hand.active_customers as select * from public.active_customers;
create view by_hand.salaries with (security_barrier) as select * from public.salaries where owner = 'alice';
create view by_hand.feelings as select id, mood, case when length(diary) > 3 then '****' || right(diary, 3) when diary is not null then '****' end as diary from public.feelings;
`;

export async function openPolicyFixture(database: PGlite) {
  await database.exec(SQL_FIXTURE);
  await database.exec(CANARIES);
  await database.exec("analyze");
  const { rows } = await database.query<[string]>(INTROSPECT_SQL, [["public"]], {
    rowMode: "array",
  });
  await database.exec(HAND_WRITTEN);
  return toSourceSchema(rows.map(([document]) => document));
}
