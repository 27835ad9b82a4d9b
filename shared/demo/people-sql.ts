/** Rows for the demo's teams, employees and customers. */

/** `midnight` is an SQL literal: the start of the last day of history. */
export function peopleSql(midnight: string): string {
  return `
insert into teams
select i, (array['Platform','Ingestion','Analytics','Forecasting','Fraud','Search','Billing','Support',
                 'Sales','Growth','Security','Reliability'])[i],
       (array['Engineering','Engineering','Data','Data','Data','Engineering','Finance','Customer Care',
              'Commercial','Commercial','Engineering','Engineering'])[i],
       20000 + 500 * floor(demo_random(i, 11) * 120),
       ${midnight} - make_interval(days => 395 - i * 3, hours => 9)
from generate_series(1, 12) i;

insert into employees
select i, first || ' ' || last, lower(first) || '.' || lower(last) || '@example.com',
       demo_pick(array['engineer','engineer','analyst','data scientist','manager','support agent'], demo_random(i, 21)),
       1 + floor(demo_random(i, 22) * 12),
       (${midnight} at time zone 'UTC')::date - (5 + floor(390 * demo_random(i, 23)))::integer
from (select i,
        (array['Ada','Bruno','Chen','Dalia','Emil','Farah','Goran','Hana','Ivo','Jana','Kofi','Lena'])[1 + i % 12] first,
        (array['Abel','Berg','Costa','Diaz','Eklund','Fischer','Gupta','Hansen'])[1 + (i / 12) % 8] last
      from generate_series(1, 96) i) named;

insert into customers
select i,
       (array['Alder','Amber','Apex','Aster','Atlas','Beacon','Birch','Blue Ridge','Bright','Cedar','Cobalt','Coral',
              'Crescent','Delta','Ember','Falcon','Fern','Granite','Harbor','Hazel','Helix','Iris','Juniper','Keystone',
              'Lark','Lumen','Maple','Meridian','Nimbus','Noble','Onyx','Orchid','Pioneer','Quartz','Raven','Sable',
              'Summit','Tidal','Vertex','Willow'])[1 + i % 40] || ' ' ||
       (array['Analytics','Bank','Biotech','Books','Capital','Care','Clinics','Cloud','Coffee','Components','Dairy',
              'Design','Energy','Farms','Foods','Freight','Games','Glass','Health','Holdings','Hotels','Insurance','Labs',
              'Learning','Logistics','Machines','Media','Metals','Mobility','Motors','Networks','Optics','Outfitters',
              'Paper','Pharma','Press','Retail','Robotics','Schools','Software','Steel','Studios','Textiles','Travel',
              'Works'])[1 + (i / 40) % 45],
       case when demo_random(i, 31) > 0.04 then 'contact' || i || '@customer.example' end,
       (array['North America','EMEA','APAC','LATAM'])[region],
       case region
         when 1 then demo_pick(array['United States','United States','United States','Canada'], demo_random(i, 33))
         when 2 then demo_pick(array['Germany','United Kingdom','France','Italy','Spain','South Africa'], demo_random(i, 33))
         when 3 then demo_pick(array['Japan','India','Australia','Singapore'], demo_random(i, 33))
         else demo_pick(array['Brazil','Mexico','Chile'], demo_random(i, 33)) end,
       case when tier_draw < 0.45 then 'free' when tier_draw < 0.75 then 'standard'
            when tier_draw < 0.93 then 'premium' else 'enterprise' end,
       case when demo_random(i, 34) > 0.07
            then demo_pick(array['finance','healthcare','manufacturing','media','retail','education'], demo_random(i, 35)) end,
       case when tier_draw > 0.6 then 1 + floor(demo_random(i, 36) * 96) end,
       signed_up_at,
       case when demo_random(i, 37) < 0.06 and signed_up_at < ${midnight} - interval '60 days'
            then signed_up_at + (${midnight} - signed_up_at) * (0.4 + 0.6 * demo_random(i, 38)) end
from (select i,
        case when demo_random(i, 32) < 0.4 then 1 when demo_random(i, 32) < 0.72 then 2
             when demo_random(i, 32) < 0.91 then 3 else 4 end region,
        demo_random(i, 39) tier_draw,
        ${midnight} + make_interval(secs => floor(86400 * (-395 + 395.9 * power(i / 1800.0, 0.85)))) signed_up_at
      from generate_series(1, 1800) i) drawn;
`;
}
