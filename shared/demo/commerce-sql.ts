/** Rows for the demo's products, orders, order items and tickets. */

const products = (midnight: string): string => `
insert into products
select i,
       (array['Compute','Storage','Analytics','Network','Support'])[1 + (i - 1) / 12] || ' ' ||
       (array['Nano','Micro','Small','Medium','Large','Max','Archive','Edge','Burst','Secure','Team','Global'])[1 + (i - 1) % 12],
       (array['compute','storage','analytics','networking','support'])[1 + (i - 1) / 12],
       round((9 + 40 * demo_random(i, 41) + 12 * ((i - 1) % 12))::numeric, 2),
       demo_random(i, 42) < 0.12,
       (${midnight} at time zone 'UTC')::date - (20 + floor(370 * demo_random(i, 43)))::integer
from generate_series(1, 60) i;
`;

/** The power draws more orders near today (growth); most weekend orders move to a working day before (seasonality). */
const orders = (midnight: string): string => `
create temporary table demo_orders as
select i order_id, 1 + floor(1800 * power(demo_random(i, 52), 2.2))::integer customer_id,
       case when extract(isodow from drawn_at at time zone 'UTC') > 5 and demo_random(i, 53) < 0.6
            then drawn_at - make_interval(days => extract(isodow from drawn_at at time zone 'UTC')::integer - 5 + floor(5 * demo_random(i, 49))::integer)
            else drawn_at end ordered_at,
       1 + floor(3.6 * power(demo_random(i, 54), 1.7))::integer lines
from (select i, ${midnight} + make_interval(
        days => floor(-395 + 396 * power(demo_random(i, 51), 0.72))::integer,
        secs => floor(21600 + 64799 * demo_random(i, 50))) drawn_at
      from generate_series(1, 14000) i) drawn;

create temporary table demo_items as
select o.order_id, line_number, p.product_id,
       1 + floor(9 * power(demo_random(o.order_id * 8 + line_number, 62), 2.5))::integer quantity,
       round((p.unit_price * (0.85 + 0.15 * demo_random(o.order_id * 8 + line_number, 63)))::numeric, 2) unit_price
from demo_orders o
cross join lateral generate_series(1, o.lines) line_number
join products p
  on p.product_id = 1 + floor(60 * power(demo_random(o.order_id * 8 + line_number, 61), 1.4))::integer;

insert into orders
select order_id, customer_id,
       case when demo_random(order_id, 55) < 0.48 then 'web' when demo_random(order_id, 55) < 0.76 then 'mobile'
            when demo_random(order_id, 55) < 0.9 then 'partner' else 'sales' end,
       status, gross - discount, discount, ordered_at,
       case when status in ('shipped', 'delivered', 'returned')
            then least(ordered_at + make_interval(secs => floor(14400 + 260000 * demo_random(order_id, 57))),
                       ${midnight} + interval '86399 seconds') end
from (select o.*, gross,
        round((gross * case when demo_random(order_id, 58) < 0.22 then 0.05 + 0.2 * demo_random(order_id, 59) else 0 end)::numeric, 2) discount,
        case when demo_random(order_id, 56) < 0.05 then 'cancelled'
             when ordered_at > ${midnight} - interval '1 day' then case when demo_random(order_id, 56) < 0.6 then 'pending' else 'processing' end
             when ordered_at > ${midnight} - interval '6 days' then case when demo_random(order_id, 56) < 0.25 then 'processing' else 'shipped' end
             when demo_random(order_id, 56) < 0.09 then 'returned' else 'delivered' end status
      from demo_orders o
      join (select order_id, sum(quantity * unit_price) gross from demo_items group by order_id) priced using (order_id)) made;

insert into order_items select * from demo_items;
drop table demo_items, demo_orders;
`;

const tickets = (midnight: string): string => `
insert into tickets
select i, customer_id, case when demo_random(i, 72) > 0.06 then 1 + floor(96 * power(demo_random(i, 73), 1.5)) end,
       demo_pick(array['Cannot log in','Invoice is wrong','Slow dashboard','Export fails','Question about pricing',
                       'Data missing in report','Upgrade request','API returns an error'], demo_random(i, 74)),
       demo_pick(array['email','email','chat','chat','phone'], demo_random(i, 75)),
       case when demo_random(i, 76) < 0.3 then 'low' when demo_random(i, 76) < 0.75 then 'normal'
            when demo_random(i, 76) < 0.93 then 'high' else 'urgent' end,
       case when resolved_at is null then case when demo_random(i, 77) < 0.65 then 'open' else 'pending' end
            when resolved_at < ${midnight} - interval '14 days' then 'closed' else 'resolved' end,
       created_at,
       case when resolved_at is not null then ceil(600 * power(demo_random(i, 78), 3)) + 1 end,
       resolved_at,
       case when resolved_at is not null and demo_random(i, 79) < 0.55 then 5 - floor(5 * power(demo_random(i, 80), 2.5)) end
from (select i, customer_id, created_at,
        case when demo_random(i, 81) < 0.985 and created_at + open_for < ${midnight} + interval '1 day'
             then created_at + open_for end resolved_at
      from (select i, 1 + floor(1800 * power(demo_random(i, 71), 1.8))::integer customer_id,
              ${midnight} + make_interval(secs => floor(86400 * (-395 + 396 * power(demo_random(i, 82), 0.8)))) created_at,
              make_interval(secs => floor(1200 + 500000 * power(demo_random(i, 83), 2))) open_for
            from generate_series(1, 4500) i) drawn) made;
`;

/** `midnight` is an SQL literal: the start of the last day of history. */
export function commerceSql(midnight: string): string {
  return `${products(midnight)}${orders(midnight)}${tickets(midnight)}`;
}
