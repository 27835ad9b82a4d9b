/** Business schemas of our own, in a short notation, for questions that the public sets do not ask. */
import type { ColumnInfo, SourceSchema, TableInfo } from "../shared/sources/ports.ts";

/**
 * One table a line: `name: column column …`. A column is `name`, text; `name#` number; `name@` moment; `name?` boolean;
 * `name>table` a key to that table's `id`; `name{a,b}` text of few values; `name*` a name of many values.
 */
const schemas: Readonly<Record<string, string>> = {
  shop: `buyers: id name* email segment{consumer,business,partner} city{Berlin,Lyon,Oslo,Porto} joined_at@ vip?
baskets: id buyer_id>buyers state{open,paid,returned,lost} channel{web,phone,store} placed_at@ shipped_at@ grand_total# discount#
basket_lines: id basket_id>baskets article_id>articles units# unit_cost#
articles: id title* brand{Acme,Nordic,Zeta} list_price# stock_level# withdrawn_at@
makers: id company_name* country{Germany,France,Japan}
deliveries: id maker_id>makers article_id>articles received_on@ pieces# late?`,
  helpdesk: `tickets: id subject* severity{low,medium,high,critical} state{new,waiting,solved,closed} opened_at@ solved_at@ agent_id>agents account_id>accounts reopen_count# rating#
agents: id full_name* shift{day,night} squad_id>squads hired_on@ salary#
squads: id squad_name* floor#
accounts: id company* plan{free,starter,pro,enterprise} industry{retail,finance,health} signed_up_at@ churned_at@ seats#
replies: id ticket_id>tickets agent_id>agents sent_at@ words# public?`,
  subscriptions: `workspaces: id name* tier{basic,plus,ultimate} owner_email created_at@ region{emea,apac,amer}
invoices: id workspace_id>workspaces amount_due# currency{EUR,USD,GBP} status{draft,sent,paid,overdue} issued_on@ paid_on@
logins: id user_id>users occurred_at@ success? device{mobile,desktop,tablet}
users: id workspace_id>workspaces display_name* role{admin,member,guest} invited_at@ last_seen_at@ score#
features: id feature_name* released_on@ beta?
usages: id feature_id>features user_id>users used_at@ duration_seconds#`,
  freight: `shipments: id origin_id>depots carrier_id>carriers weight_kg# status{loading,transit,delivered,damaged} departed_at@ arrived_at@ cost# insured?
depots: id depot_name* capacity# opened_on@ state{Texas,Ohio,Utah}
carriers: id carrier_name* kind{road,rail,air} rating# contract_end@
drivers: id driver_name* carrier_id>carriers licence{B,C,CE} born_on@ bonus#
inspections: id shipment_id>shipments inspected_at@ outcome{pass,fail,repeat} minutes#`,
  clinic: `patients: id patient_name* sex{f,m} born_on@ registered_at@ insurer{public,private}
visits: id patient_id>patients doctor_id>doctors begun_at@ finished_at@ reason{checkup,injury,followup} charge# wait_minutes#
doctors: id doctor_name* speciality{cardiology,surgery,pediatrics} ward_id>wards joined_on@
wards: id ward_name* beds#
prescriptions: id visit_id>visits drug_name* dose_mg# refills# prescribed_at@`,
  people: `staff: id staff_name* title{engineer,analyst,manager} unit_id>units started_on@ left_on@ wage# remote?
units: id unit_name* budget# founded_on@ site{Rome,Paris,Madrid}
leaves: id staff_id>staff kind{sick,annual,parental} from_date@ to_date@ days# approved?
reviews: id staff_id>staff reviewed_on@ grade# comment
trainings: id course_title* cost# held_on@ unit_id>units`,
  plant: `machines: id machine_name* line_id>lines vendor{Siemens,Fanuc,Bosch} installed_on@ retired_on@
lines: id line_name* hall{north,south}
readings: id machine_id>machines measured_at@ temperature# vibration# alarm?
stoppages: id machine_id>machines cause{power,jam,maintenance} stopped_at@ resumed_at@ minutes_lost#
batches: id line_id>lines product{valve,pump,gear} produced_at@ good_count# scrap_count# energy_kwh#`,
  bank: `clients: id client_name* risk{low,medium,high} branch_id>branches onboarded_at@ income#
branches: id branch_name* city{Rome,Vienna,Prague}
cards: id client_id>clients brand{visa,amex} issued_on@ blocked_on@ credit_limit#
payments: id card_id>cards merchant* value# booked_at@ state{settled,declined,disputed} foreign?
credits: id client_id>clients principal# rate# granted_on@ due_on@ purpose{car,house,study}`,
  streaming: `titles: id title* genre{drama,comedy,crime} minutes# published_on@ language{English,Spanish,Korean}
viewers: id nickname* country{Spain,Brazil,India} plan{solo,family} subscribed_at@ cancelled_at@
plays: id title_id>titles viewer_id>viewers played_at@ seconds_watched# finished? device{tv,phone,browser}
ratings: id title_id>titles viewer_id>viewers stars# rated_at@`,
  mlops: `experiments: id experiment_name* owner* team{vision,language,ranking} created_at@
runs: id experiment_id>experiments status{queued,running,failed,finished} started_at@ ended_at@ loss# accuracy# gpu_hours# cost#
endpoints: id endpoint_name* version# deployed_at@ retired_at@ stage{dev,staging,production}
requests: id endpoint_id>endpoints received_at@ latency_ms# status_code# cached?
alerts: id endpoint_id>endpoints level{info,warning,critical} raised_at@ cleared_at@`,
  marketing: `campaigns: id campaign_name* medium{email,search,social} budget# launched_on@ ended_on@
leads: id campaign_id>campaigns lead_name* source{organic,paid,referral} captured_at@ converted_at@ value#
mails: id campaign_id>campaigns sent_at@ opened? clicked? bounced?
events: id event_name* venue{Berlin,Lisbon} starts_at@ seats# price#`,
  school: `pupils: id pupil_name* grade_level# house{red,blue,green} enrolled_on@ left_on@
lessons: id subject{math,history,biology} teacher_id>teachers room{A1,B2,C3} taught_on@ minutes#
teachers: id teacher_name* hired_on@ pay#
marks: id pupil_id>pupils lesson_id>lessons points# given_on@
absences: id pupil_id>pupils absent_on@ excused?`,
};

const names =
  `Ana Lima,Bo Chen,Carla Diaz,Dev Patel,Ewa Nowak,Finn Berg,Gita Rao,Hugo Roux,Ivy Stone,Jon Hale`.split(
    ",",
  );

export function madeSchemas(): ReadonlyMap<string, SourceSchema> {
  return new Map(
    Object.entries(schemas).map(([name, text]) => [
      `made_${name}`,
      { version: name, tables: text.split("\n").map(readTable) },
    ]),
  );
}

function readTable(line: string): TableInfo {
  const [name = "", rest = ""] = line.split(": ");
  const foreignKeys: TableInfo["foreignKeys"][number][] = [];
  const columns = rest.split(/ (?![^{]*})/).map((text): ColumnInfo => {
    const [, column = "", mark = ""] = /^(\w+)(.*)$/.exec(text) ?? [];
    if (mark.startsWith(">")) {
      const references = { schema: "public", table: mark.slice(1), columns: ["id"] };
      foreignKeys.push({ columns: [column], references });
    }
    const number = mark === "#" || mark.startsWith(">") || column === "id";
    const type = number
      ? "integer"
      : mark === "@"
        ? /_(on|date|end)$/.test(column)
          ? "date"
          : "timestamp with time zone"
        : mark === "?"
          ? "boolean"
          : "text";
    const values = mark.startsWith("{")
      ? mark.slice(1, -1).split(",")
      : mark === "*"
        ? names
        : undefined;
    return { name: column, type, nullable: column !== "id", ...(values && { values }) };
  });
  return { schema: "public", name, kind: "table", columns, primaryKey: ["id"], foreignKeys };
}
