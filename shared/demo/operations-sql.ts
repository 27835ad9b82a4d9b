/** Rows for the demo's models, predictions, pipelines, jobs and incidents. */

const models = (midnight: string): string => `
insert into models
select i, (array['churn','fraud','demand','ranking','sentiment','routing'])[1 + (i - 1) % 6] || '-' ||
          (array['baseline','boosted','deep','compact'])[1 + (i - 1) / 6],
       (array['churn','fraud','demand','ranking','sentiment','routing'])[1 + (i - 1) % 6],
       demo_pick(array['pytorch','xgboost','sklearn','tensorflow'], demo_random(i, 101)),
       1 + floor(demo_random(i, 102) * 6),
       ${midnight} - make_interval(days => 390 - i * 9, hours => 8)
from generate_series(1, 24) i;

insert into model_versions
select row_number() over (order by m.model_id, v), m.model_id, v,
       case when v = 5 then 'staging' when v = 4 then 'production' when v = 3 then 'shadow' else 'archived' end,
       case when demo_random(m.model_id * 8 + v, 111) > 0.08
            then round((0.7 + 0.04 * v + 0.08 * demo_random(m.model_id * 8 + v, 112))::numeric, 4) end,
       m.created_at + (${midnight} - m.created_at) * (v - 0.7 * demo_random(m.model_id * 8 + v, 113)) / 5
from models m cross join generate_series(1, 5) v;

insert into predictions
select i, version_id, 1 + floor(1800 * power(demo_random(i, 122), 1.6)),
       case when demo_random(i, 123) < 0.23 then 'positive' else 'negative' end,
       round((0.5 + 0.5 * sqrt(demo_random(i, 124)))::numeric, 4),
       8 + floor(60 * power(demo_random(i, 125), 2) + 900 * power(demo_random(i, 125), 40)),
       case when demo_random(i, 126) < 0.965 then 'ok' when demo_random(i, 126) < 0.985 then 'timeout' else 'error' end,
       released_at + ((${midnight} + interval '1 day' - released_at) * power(demo_random(i, 127), 0.7))
from (select i, 1 + floor(120 * demo_random(i, 121))::integer version_id from generate_series(1, 16000) i) drawn
join model_versions on model_version_id = version_id;

insert into pipelines
select i, (array['orders','customers','payments','events','inventory','tickets','features','reports'])[1 + (i - 1) % 8] || '-' ||
          (array['ingestion','training','scoring','export','validation'])[1 + (i - 1) / 8],
       (array['ingestion','training','scoring','export','validation'])[1 + (i - 1) / 8],
       1 + floor(demo_random(i, 131) * 12), demo_random(i, 132) > 0.1
from generate_series(1, 40) i;
`;

/** A job's place in its day decides today's status: the morning has ended, midday runs, the evening waits. */
const jobs = (midnight: string): string => `
create temporary table demo_jobs as
select row_number() over (order by day, slot)::integer job_id, day, (slot - 0.5) / slots place,
       ${midnight} + make_interval(days => day, secs => floor(86400 * (slot - demo_random(day * 100 + slot, 141)) / slots)) scheduled_for
from (select day, 22 + (day + 395) / 26 + case when extract(isodow from (${midnight} + make_interval(days => day)) at time zone 'UTC') > 5
                                           then -9 else floor(6 * demo_random(day, 142))::integer end
                  + case when day = 0 then 24 else 0 end slots
      from generate_series(-395, 1) day) days
cross join lateral generate_series(1, slots) slot;

insert into jobs
select job_id, p.pipeline_id, p.name || '-' || job_id, status,
       case when demo_random(job_id, 152) < 0.2 then 'low' when demo_random(job_id, 152) < 0.75 then 'normal'
            when demo_random(job_id, 152) < 0.95 then 'high' else 'critical' end,
       case when demo_random(job_id, 153) < 0.7 then 'schedule' when demo_random(job_id, 153) < 0.9 then 'event' else 'manual' end,
       case when status = 'queued' then 0 when demo_random(job_id, 154) < 0.85 then 1 else 2 + floor(2 * demo_random(job_id, 155)) end,
       scheduled_for, started_at, finished_at, extract(epoch from finished_at - started_at),
       case when status = 'completed' then floor(exp(6 + 8 * demo_random(job_id, 156)))
            when status = 'active' then floor(exp(4 + 6 * demo_random(job_id, 156))) end,
       case when status = 'failed' then demo_pick(array['connection reset by peer','out of memory','schema mismatch in input',
            'upstream table is late','permission denied'], demo_random(job_id, 157)) end
from (select placed.*,
        case when status in ('active', 'completed', 'failed') then began_at end started_at,
        case when status in ('completed', 'failed')
             then least(began_at + make_interval(secs => run_seconds), ${midnight} + interval '86399 seconds') end finished_at
      from (select d.*, 1 + floor(40 * demo_random(job_id, 151))::integer picked,
              case when day = 1 then 'queued'
                   when day = 0 and place > 0.72 then 'queued'
                   when day = 0 and place > 0.38 then 'active'
                   when day = -1 and demo_random(job_id, 158) < 0.06 then 'active'
                   when demo_random(job_id, 159) < 0.035 then 'cancelled'
                   when demo_random(job_id, 159) < 0.115 then 'failed' else 'completed' end status,
              least(scheduled_for + make_interval(secs => floor(240 * power(demo_random(job_id, 160), 2))),
                    ${midnight} + interval '86000 seconds') began_at,
              floor(20 + 5000 * power(demo_random(job_id, 161), 3)) run_seconds
            from demo_jobs d) placed) timed
join pipelines p on p.pipeline_id = picked;
drop table demo_jobs;
`;

const incidents = (midnight: string): string => `
insert into incidents
select row_number() over (order by j.job_id), p.name || ': ' || j.error_message,
       case when demo_random(j.job_id, 171) < 0.1 then 'critical' when demo_random(j.job_id, 171) < 0.4 then 'major' else 'minor' end,
       case when resolved_at is not null then 'resolved' when demo_random(j.job_id, 172) < 0.5 then 'open' else 'investigating' end,
       p.team_id, case when demo_random(j.job_id, 173) < 0.85 then j.job_id end,
       1 + floor(96 * demo_random(j.job_id, 174)),
       case when resolved_at is not null then 1 + floor(96 * demo_random(j.job_id, 175)) end,
       opened_at, resolved_at
from (select jobs.*, finished_at opened_at,
        case when demo_random(job_id, 176) < 0.96
              and finished_at + make_interval(secs => floor(600 + 90000 * power(demo_random(job_id, 177), 2))) < ${midnight} + interval '1 day'
             then finished_at + make_interval(secs => floor(600 + 90000 * power(demo_random(job_id, 177), 2))) end resolved_at
      from jobs where status = 'failed') j
join pipelines p using (pipeline_id)
where demo_random(j.job_id, 170) < 0.55;
`;

/** `midnight` is an SQL literal: the start of the last day of history. */
export function operationsSql(midnight: string): string {
  return `${models(midnight)}${jobs(midnight)}${incidents(midnight)}`;
}
