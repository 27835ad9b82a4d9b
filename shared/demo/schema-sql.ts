/** The demo source's tables: an operations database with its comments, keys and indexes, in schema `public`. */

const people = `
create table teams (
  team_id integer primary key,
  name text not null unique,
  department text not null,
  monthly_budget numeric(12, 2) not null,
  created_at timestamptz not null
);
comment on table teams is 'Teams of the company';
comment on column teams.name is 'Name of the team';
comment on column teams.department is 'Department the team belongs to';
comment on column teams.monthly_budget is 'Budget of the team per month in US dollars';

create table employees (
  employee_id integer primary key,
  name text not null,
  email text not null unique,
  role text not null,
  team_id integer not null references teams,
  hired_on date not null
);
comment on table employees is 'People who work here: staff, members of a team';
comment on column employees.name is 'Full name';
comment on column employees.role is 'Position of the employee';
comment on column employees.hired_on is 'Day the employee joined';

create table customers (
  customer_id integer primary key,
  name text not null unique,
  email text,
  region text not null,
  country text not null,
  tier text not null,
  industry text,
  account_manager_id integer references employees,
  signed_up_at timestamptz not null,
  churned_at timestamptz
);
comment on table customers is 'Companies that buy from us: clients, accounts';
comment on column customers.name is 'Name of the company';
comment on column customers.region is 'Sales region';
comment on column customers.tier is 'Plan of the customer';
comment on column customers.industry is 'Line of business; missing where unknown';
comment on column customers.signed_up_at is 'When the customer signed up';
comment on column customers.churned_at is 'When the customer left; missing for current customers';
`;

const commerce = `
create table products (
  product_id integer primary key,
  name text not null unique,
  category text not null,
  unit_price numeric(10, 2) not null,
  discontinued boolean not null,
  launched_on date not null
);
comment on table products is 'What we sell: the catalogue';
comment on column products.unit_price is 'List price in US dollars';
comment on column products.discontinued is 'True when no longer sold';
comment on column products.launched_on is 'Day the product was launched';

create table orders (
  order_id integer primary key,
  customer_id integer not null references customers,
  channel text not null,
  status text not null,
  total_amount numeric(12, 2) not null,
  discount_amount numeric(12, 2) not null,
  ordered_at timestamptz not null,
  shipped_at timestamptz
);
comment on table orders is 'Orders placed by customers: purchases, sales';
comment on column orders.channel is 'Sales channel';
comment on column orders.status is 'State of the order';
comment on column orders.total_amount is 'Revenue of the order in US dollars, after the discount';
comment on column orders.discount_amount is 'Discount granted in US dollars';
comment on column orders.ordered_at is 'When the order was placed';
comment on column orders.shipped_at is 'When the order was shipped; missing until then';
create index orders_customer_id_idx on orders (customer_id);
create index orders_ordered_at_idx on orders (ordered_at);

create table order_items (
  order_id integer not null references orders,
  line_number smallint not null,
  product_id integer not null references products,
  quantity integer not null,
  unit_price numeric(10, 2) not null,
  primary key (order_id, line_number)
);
comment on table order_items is 'Lines of an order: one product each';
comment on column order_items.quantity is 'Units sold';
comment on column order_items.unit_price is 'Price paid per unit in US dollars';

create table tickets (
  ticket_id integer primary key,
  customer_id integer not null references customers,
  assignee_id integer references employees,
  subject text not null,
  channel text not null,
  priority text not null,
  status text not null,
  created_at timestamptz not null,
  first_response_minutes integer,
  resolved_at timestamptz,
  satisfaction smallint
);
comment on table tickets is 'Support tickets of customers: requests';
comment on column tickets.assignee_id is 'Employee who is assigned; missing while unassigned';
comment on column tickets.channel is 'How the ticket came in';
comment on column tickets.status is 'State of the ticket';
comment on column tickets.created_at is 'When the ticket was created';
comment on column tickets.first_response_minutes is 'Minutes until the first response: response time';
comment on column tickets.resolved_at is 'When the ticket was resolved; missing until then';
comment on column tickets.satisfaction is 'Rating by the customer, 1 to 5; missing where not rated';
create index tickets_created_at_idx on tickets (created_at);
`;

const machineLearning = `
create table models (
  model_id integer primary key,
  name text not null unique,
  task text not null,
  framework text not null,
  team_id integer not null references teams,
  created_at timestamptz not null
);
comment on table models is 'Machine-learning models';
comment on column models.task is 'What the model predicts';
comment on column models.framework is 'Library the model is built with';

create table model_versions (
  model_version_id integer primary key,
  model_id integer not null references models,
  version integer not null,
  stage text not null,
  accuracy numeric(5, 4),
  released_at timestamptz not null,
  unique (model_id, version)
);
comment on table model_versions is 'Released versions of models';
comment on column model_versions.stage is 'Where the version runs';
comment on column model_versions.accuracy is 'Share of right predictions in validation, 0 to 1; missing where not evaluated';
comment on column model_versions.released_at is 'When the version was released';

create table predictions (
  prediction_id integer primary key,
  model_version_id integer not null references model_versions,
  customer_id integer not null references customers,
  label text not null,
  score double precision not null,
  latency_ms integer not null,
  outcome text not null,
  predicted_at timestamptz not null
);
comment on table predictions is 'Predictions served by model versions: inferences';
comment on column predictions.label is 'Predicted class';
comment on column predictions.score is 'Probability of the label, 0 to 1';
comment on column predictions.latency_ms is 'Time taken in milliseconds';
comment on column predictions.outcome is 'How the call ended';
comment on column predictions.predicted_at is 'When the prediction was made';
create index predictions_predicted_at_idx on predictions (predicted_at);
`;

const operations = `
create table pipelines (
  pipeline_id integer primary key,
  name text not null unique,
  kind text not null,
  team_id integer not null references teams,
  enabled boolean not null
);
comment on table pipelines is 'Data pipelines, each owned by a team';
comment on column pipelines.kind is 'Type of work the pipeline does';
comment on column pipelines.enabled is 'Whether the pipeline is switched on';

create table jobs (
  job_id integer primary key,
  pipeline_id integer not null references pipelines,
  name text not null,
  status text not null check (status in ('active', 'queued', 'completed', 'failed', 'cancelled')),
  priority text not null,
  trigger text not null,
  attempts smallint not null,
  scheduled_for timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  duration_seconds integer,
  rows_processed integer,
  error_message text
);
comment on table jobs is 'Runs of pipelines: executions';
comment on column jobs.name is 'Name of the job';
comment on column jobs.status is 'State of the job';
comment on column jobs.trigger is 'What started the job';
comment on column jobs.attempts is 'Number of tries';
comment on column jobs.scheduled_for is 'When the job is due';
comment on column jobs.started_at is 'When the job started; missing until then';
comment on column jobs.finished_at is 'When the job ended; missing until then';
comment on column jobs.duration_seconds is 'Run time in seconds';
comment on column jobs.rows_processed is 'Rows read and written by the job';
comment on column jobs.error_message is 'Why the job failed';
create index jobs_scheduled_for_idx on jobs (scheduled_for);
create index jobs_status_idx on jobs (status);

create table incidents (
  incident_id integer primary key,
  title text not null,
  severity text not null,
  status text not null,
  team_id integer not null references teams,
  job_id integer references jobs,
  reported_by integer not null references employees,
  resolved_by integer references employees,
  opened_at timestamptz not null,
  resolved_at timestamptz
);
comment on table incidents is 'Incidents handled by teams: outages';
comment on column incidents.severity is 'How bad the incident is';
comment on column incidents.job_id is 'Job that caused the incident, where one did';
comment on column incidents.opened_at is 'When the incident was opened';
comment on column incidents.resolved_at is 'When the incident was resolved; missing until then';
`;

/** DDL for an empty database; fails rather than touch a table that is already there. */
export const demoSchemaSql: string = `${people}${commerce}${machineLearning}${operations}`;
