/** The tables that the source-adapter suite reads, and the budgets it reads them under. */
import type { ExecutionBudget } from "../../shared/sources/ports.ts";

export const SOURCE_ROWS = 500;

export const sourceFixture = `
create sequence tickets_seq;
create table teams (team_id integer primary key, name text not null);
comment on table teams is 'Who looks after what';
create table items (
  item_id integer primary key,
  team_id integer not null references teams (team_id),
  name text not null,
  state text not null,
  price numeric(24,4),
  made_at timestamptz not null,
  tags text[] not null,
  extra jsonb,
  active boolean not null
);
comment on column items.price is 'In euro';
create view cheap_items as select item_id, name from items where price < 10;
create table hidden (secret text);
insert into teams values (1, 'Blue'), (2, 'Red');
insert into items select n, 1 + n % 2, 'item ' || n, case when n % 3 = 0 then 'open' else 'closed' end,
  n + 0.5, timestamptz '2026-03-01 12:00:00+00' + n * interval '1 hour',
  array['a' || n, 'say "hi", \\ok'], jsonb_build_object('n', n), n % 2 = 0
from generate_series(1, ${SOURCE_ROWS}) n;
insert into hidden values ('x');
analyze;
`;

export const budget = (part: Partial<ExecutionBudget> = {}): ExecutionBudget => ({
  maxRows: 1_000,
  maxBytes: 4_194_304,
  timeoutMs: 20_000,
  ...part,
});

/** A signal that nobody aborts. */
export const quiet = (): AbortSignal => new AbortController().signal;
