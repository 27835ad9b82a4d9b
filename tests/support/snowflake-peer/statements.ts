/** What the peer answers by itself: session commands, SHOW, and facts of the session that the engine cannot know. */

import type { RowType, SnowflakeRow } from "./encode.ts";
import type { Binding, Engine } from "./engine.ts";
import type { PeerSession } from "./sessions.ts";

export interface Answer {
  readonly rowtype: RowType[];
  readonly rows: SnowflakeRow[];
}

export interface Account {
  readonly database: string;
  readonly warehouse: string;
  /** Rows of SHOW GRANTS TO ROLE, by role: [privilege, granted_on, name, grant_option]. */
  readonly grants: Readonly<Record<string, readonly (readonly [string, string, string, string])[]>>;
}

const column = (name: string, type = "text"): RowType => ({
  name,
  type,
  nullable: true,
  scale: type === "fixed" ? 0 : type === "timestamp_ltz" ? 9 : null,
  precision: type === "fixed" ? 38 : null,
  length: null,
});

const table = (names: readonly string[], rows: SnowflakeRow[]): Answer => ({
  rowtype: names.map((name) => column(name)),
  rows,
});
const done = table(["status"], [["Statement executed successfully."]]);

/** Null when the statement is the engine's to answer. */
export async function answerItself(
  sql: string,
  session: PeerSession,
  account: Account,
  engine: Engine,
  bindings: readonly Binding[] = [],
): Promise<Answer | null> {
  if (/^USE SECONDARY ROLES NONE$/i.test(sql)) {
    session.secondaryRoles = false;
    return done;
  }
  if (/^(?:UN)?SET\b/i.test(sql)) return setVariables(sql, session);
  const grants = /^SHOW GRANTS TO ROLE "([^"]+)"$/i.exec(sql)?.[1];
  if (grants !== undefined) return showGrants(account.grants[grants] ?? [], grants);
  const keys = /^SHOW (PRIMARY|IMPORTED) KEYS IN SCHEMA "[^"]+"\."([^"]+)"$/i.exec(sql);
  if (keys) return showKeys(keys[1]?.toUpperCase() === "PRIMARY", keys[2] ?? "", engine);
  const plan = /^EXPLAIN USING JSON (.*)$/is.exec(sql)?.[1];
  if (plan !== undefined) return explain(plan, bindings, session, account, engine);
  return sessionFacts(sql, session, account) ?? usage(sql);
}

function sessionFacts(sql: string, session: PeerSession, account: Account): Answer | null {
  if (!/\bCURRENT_(?:ROLE|WAREHOUSE|SECONDARY_ROLES)\b/i.test(sql)) return null;
  const facts: Readonly<Record<string, string>> = {
    VERSION: "9.30.1",
    ROLE: session.role,
    WAREHOUSE: account.warehouse,
    SECONDARY_ROLES: session.secondaryRoles ? "ALL" : "NONE",
  };
  const asked = [
    ...sql.matchAll(
      /CURRENT_(VERSION|ROLE|WAREHOUSE|SECONDARY_ROLES)\s*\(\s*\)(?:\s+AS\s+(\w+))?/gi,
    ),
  ];
  return table(
    asked.map((one) => (one[2] ?? one[0]).toUpperCase()),
    [asked.map((one) => facts[(one[1] ?? "").toUpperCase()] ?? null)],
  );
}

function setVariables(sql: string, session: PeerSession): Answer {
  const names = (/\(([^)]*)\)/.exec(sql)?.[1] ?? "")
    .split(",")
    .map((name) => name.trim().toUpperCase());
  if (/^UNSET/i.test(sql)) for (const name of names) session.variables.delete(name);
  else {
    const values = [...sql.slice(sql.indexOf("=")).matchAll(/'((?:[^'\\]|''|\\.)*)'/gs)].map(
      (one) =>
        (one[1] ?? "")
          .replaceAll("''", "'")
          .replace(/\\(.)/g, (_all, letter: string) => (letter === "n" ? "\n" : letter)),
    );
    for (const [i, name] of names.entries()) session.variables.set(name, values[i] ?? "");
  }
  return done;
}

function showGrants(grants: Account["grants"][string], role: string): Answer {
  return table(
    [
      "created_on",
      "privilege",
      "granted_on",
      "name",
      "granted_to",
      "grantee_name",
      "grant_option",
      "granted_by",
    ],
    grants.map(([privilege, on, name, option]) => [
      "2026-03-01",
      privilege,
      on,
      name,
      "ROLE",
      role,
      option,
      "SYSADMIN",
    ]),
  );
}

async function showKeys(primary: boolean, schema: string, engine: Engine): Promise<Answer> {
  const names = primary
    ? ["schema_name", "table_name", "column_name", "key_sequence", "constraint_name"]
    : [
        "pk_schema_name",
        "pk_table_name",
        "pk_column_name",
        "fk_schema_name",
        "fk_table_name",
        "fk_column_name",
        "key_sequence",
        "fk_name",
      ];
  const select = primary
    ? "schema_name, table_name, column_name, key_sequence::text, conname"
    : "pk_schema_name, pk_table_name, pk_column_name, schema_name, table_name, column_name, key_sequence::text, conname";
  const { rows } = await engine.run({
    sql: `SELECT ${select} FROM sf_information.keys WHERE contype = '${primary ? "p" : "f"}' AND schema_name = '${schema.toUpperCase()}' ORDER BY conname, key_sequence`,
    bindings: [],
    variables: new Map(),
    database: "",
  });
  return table(names, [...rows]);
}

/** The engine compiles it, so that an unknown table is an error here too; the plan has Snowflake's outline. */
async function explain(
  sql: string,
  bindings: readonly Binding[],
  session: PeerSession,
  account: Account,
  engine: Engine,
): Promise<Answer> {
  const { rows } = await engine.run({
    sql: `EXPLAIN ${sql}`,
    bindings,
    variables: session.variables,
    database: account.database,
  });
  const plan = {
    GlobalStats: { partitionsTotal: 1, partitionsAssigned: 1, bytesAssigned: 1_024 },
    Operations: [rows.map((row, id) => ({ id, operation: (row[0] ?? "").trim() }))],
  };
  return table(["content"], [[JSON.stringify(plan, null, 2)]]);
}

const START = "1772366400.000000000";

function usage(sql: string): Answer | null {
  if (/WAREHOUSE_METERING_HISTORY/i.test(sql))
    return {
      rowtype: [
        column("WAREHOUSE_NAME"),
        column("START_TIME", "timestamp_ltz"),
        { ...column("CREDITS_USED", "fixed"), scale: 9 },
      ],
      rows: [["READING", START, "0.250000000"]],
    };
  if (!/\.\s*QUERY_HISTORY\s*\(/i.test(sql)) return null;
  const names = [
    "QUERY_ID",
    "EXECUTION_STATUS",
    "WAREHOUSE_NAME",
    "START_TIME",
    "TOTAL_ELAPSED_TIME",
    "BYTES_SCANNED",
    "ROWS_PRODUCED",
    "QUEUED_TIME",
    "QUERY_TAG",
  ];
  const numbers = new Set(["TOTAL_ELAPSED_TIME", "BYTES_SCANNED", "ROWS_PRODUCED", "QUEUED_TIME"]);
  return {
    rowtype: names.map((name) =>
      column(name, numbers.has(name) ? "fixed" : name === "START_TIME" ? "timestamp_ltz" : "text"),
    ),
    rows: [
      [
        "01b2-0000",
        "SUCCESS",
        "READING",
        START,
        "1250",
        "4096",
        "12",
        "30",
        '{"app":"mcp-platform"}',
      ],
    ],
  };
}
