/** A second small source, a hospital, to show that the question engine is not fitted to the demo. */
import type { AskCase } from "./ask-runner.ts";

export const hospitalToday = "2026-03-18";

export const hospitalSql = `
create table wards (ward_id integer primary key, name text not null, floor integer not null);
create table doctors (doctor_id integer primary key, name text not null, specialty text not null, ward_id integer not null references wards);
create table patients (patient_id integer primary key, full_name text not null, gender text not null, birth_date date not null, city text, insurance text);
create table admissions (admission_id integer primary key, patient_id integer not null references patients, ward_id integer not null references wards,
  admitted_at timestamptz not null, discharged_at timestamptz, urgency text not null, total_cost numeric(10,2) not null);
create table treatments (treatment_id integer primary key, admission_id integer not null references admissions, doctor_id integer not null references doctors,
  "procedure" text not null, performed_on date not null, minutes integer not null);
create table medicines (medicine_id integer primary key, name text not null, price numeric(8,2) not null, is_prescription_only boolean not null);
insert into wards select i, (array['Cardiology','Surgery','Pediatrics','Oncology'])[i], i from generate_series(1, 4) i;
insert into doctors select i, 'Doctor ' || i, (array['cardiologist','surgeon','pediatrician','oncologist'])[1 + i % 4], 1 + i % 4 from generate_series(1, 16) i;
insert into patients select i, 'Patient ' || i, (array['female','male'])[1 + i % 2], date '1940-01-01' + i * 97, (array['Oslo','Bergen','Tromso'])[1 + i % 3],
  case when i % 5 > 0 then (array['public','private'])[1 + i % 2] end from generate_series(1, 200) i;
insert into admissions select i, 1 + i * 7 % 180, 1 + i * 3 % 4, timestamptz '2026-03-18 08:00Z' - make_interval(hours => i * 9),
  case when i % 6 > 0 then timestamptz '2026-03-18 09:00Z' - make_interval(hours => i * 8) end, (array['routine','urgent','emergency'])[1 + i % 3], 100 + i * 37 % 2000 from generate_series(1, 400) i;
insert into treatments select i, 1 + i * 11 % 400, 1 + i * 5 % 16, (array['x-ray','blood test','operation'])[1 + i % 3], date '2026-03-18' - i % 100, 10 + i % 90 from generate_series(1, 900) i;
insert into medicines select i, 'Medicine ' || i, i * 3.5, i % 3 = 0 from generate_series(1, 40) i;
analyze;`;

const one = (question: string, sql: string): AskCase => ({ question, sql });

export const hospitalCases: readonly AskCase[] = [
  one("how many patients are there", "select count(*) from patients"),
  one("patients by city", "select city, count(*) from patients group by 1"),
  one("emergency admissions", "select admission_id from admissions where urgency = 'emergency'"),
  one(
    "female patients from Oslo",
    "select patient_id from patients where gender = 'female' and city = 'Oslo'",
  ),
  one(
    "average cost per ward",
    "select w.name, avg(total_cost) from admissions join wards w using (ward_id) group by w.ward_id",
  ),
  one(
    "total cost of admissions by urgency",
    "select urgency, sum(total_cost) from admissions group by 1",
  ),
  one(
    "which doctor performed the most treatments",
    "select d.name, count(*) from treatments join doctors d using (doctor_id) group by d.doctor_id order by 2 desc, 1 limit 1",
  ),
  one(
    "top 3 doctors by number of treatments",
    "select d.name, count(*) from treatments join doctors d using (doctor_id) group by d.doctor_id order by 2 desc, 1 limit 3",
  ),
  one(
    "treatments performed last month",
    "select treatment_id from treatments where performed_on >= '2026-02-01' and performed_on < '2026-03-01'",
  ),
  one(
    "patients admitted this week",
    "select distinct p.patient_id from patients p join admissions using (patient_id) where admitted_at >= '2026-03-16Z' and admitted_at < '2026-03-23Z'",
  ),
  one("patients without insurance", "select patient_id from patients where insurance is null"),
  one(
    "patients with no admissions",
    "select patient_id from patients p where not exists (select from admissions a where a.patient_id = p.patient_id)",
  ),
  one(
    "admissions not discharged",
    "select admission_id from admissions where discharged_at is null",
  ),
  one(
    "admissions per month",
    "select date_trunc('month', admitted_at, 'UTC'), count(*) from admissions group by 1",
  ),
  one("medicines over 100", "select medicine_id from medicines where price > 100"),
  one(
    "prescription only medicines",
    "select medicine_id from medicines where is_prescription_only",
  ),
  one(
    "5 cheapest medicines",
    "select medicine_id from medicines order by price, medicine_id limit 5",
  ),
  one("treatments longer than 1 hour", "select treatment_id from treatments where minutes > 60"),
  one(
    "physicians in the Surgery ward",
    "select doctor_id from doctors join wards w using (ward_id) where w.name = 'Surgery'",
  ),
  one(
    "patients with more than 2 admissions",
    "select p.full_name, count(*) from admissions join patients p using (patient_id) group by p.patient_id having count(*) > 2",
  ),
  one("how many different specialties are there", "select count(distinct specialty) from doctors"),
  one(
    "number of operations per doctor",
    "select d.name, count(*) from treatments join doctors d using (doctor_id) where procedure = 'operation' group by d.doctor_id",
  ),
];

export const hospitalUnanswerable: readonly string[] = [
  "orders by region",
  "active jobs for today",
  "which nurses are on duty",
  "average salary of doctors",
  "revenue this month",
];
