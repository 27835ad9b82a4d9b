/** An airline's database, where two keys join flights and airports, carriers may be unknown, and crews refer both ways. */
export const airlineSql = `
create table airports (airport_id integer primary key, name text not null, city text not null, runways integer not null, yearly_fee numeric(12, 2) not null);
create table carriers (carrier_id integer primary key, name text not null, alliance text not null, fleet_size integer not null);
create table flights (flight_id integer primary key, origin_id integer not null references airports, destination_id integer not null references airports,
  carrier_id integer references carriers, flown_on date not null, distance_km integer not null);
create table loads (flight_id integer primary key references flights, cargo_kg integer not null);
create table bookings (booking_id integer primary key, flight_id integer not null references flights, passenger text not null, price numeric(8, 2) not null);
create table complaints (complaint_id integer primary key, carrier_id integer references carriers, topic text not null);
create table currencies (code text primary key, rate numeric(9, 4) not null);
create table squads (squad_id integer primary key, name text not null, leader_id integer);
create table pilots (pilot_id integer primary key, name text not null, squad_id integer references squads, hired_by integer references squads);
create table licences (licence_id integer primary key, licence text not null);
create table ratings (pilot_id integer references pilots, licence_id integer references licences, primary key (pilot_id, licence_id));
create table friends (pilot_id integer not null references pilots, friend_id integer not null references pilots, primary key (pilot_id, friend_id));
create table races (race_id integer primary key, winner_id integer not null references pilots, loser_id integer not null references pilots);
alter table squads add foreign key (leader_id) references pilots;
insert into airports values (1, 'Gardermoen', 'Oslo', 2, 100), (2, 'Tegel', 'Berlin', 3, 200), (3, 'Portela', 'Lisbon', 1, 400);
insert into carriers values (1, 'Polar', 'North', 10), (2, 'Solar', 'South', 30), (3, 'Idle', 'South', 5);
insert into flights values (1, 1, 2, 1, '2026-01-05', 800), (2, 1, 3, 1, '2026-02-05', 2700), (3, 2, 1, 2, '2026-02-06', 800), (4, 2, 3, null, '2026-03-01', 2300);
insert into loads values (1, 50), (2, 70), (3, 20), (4, 10);
insert into bookings values (1, 1, 'Ana', 90), (2, 1, 'Bo', 110), (3, 2, 'Ana', 200), (4, 3, 'Cy', 80);
insert into complaints values (1, 1, 'delay'), (2, 1, 'delay'), (3, 2, 'delay'), (4, null, 'noise');
analyze;`;
