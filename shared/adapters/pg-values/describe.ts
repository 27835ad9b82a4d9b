/** What a PostgreSQL, embedded or not, says of itself: its schema, plans, change tokens, privileges and health. */
import { AppError } from "../../kernel/app-error.ts";
import { collect } from "../../sources/collect.ts";
import type {
  ExecutionBudget,
  JsonValue,
  PrivilegeFinding,
  SourceAdapter,
  SourceCheck,
} from "../../sources/ports.ts";
import { CHANGE_TOKENS_SQL, EXACT_CHANGE_TOKENS_SQL } from "./change-tokens.ts";
import { installChangeTriggers, REMOVE_CHANGE_TRIGGERS } from "./change-triggers.ts";
import { INTROSPECT_SQL, toSourceSchema } from "./introspect.ts";
import { PRIVILEGES_SQL } from "./privileges.ts";

type Described = Pick<
  SourceAdapter,
  "introspect" | "explain" | "changeTokens" | "changeTriggers" | "privileges" | "check"
>;

const CATALOGUE_BUDGET: ExecutionBudget = {
  maxRows: 5_000,
  maxBytes: 67_108_864,
  timeoutMs: 30_000,
};
const SMALL_BUDGET: ExecutionBudget = { maxRows: 1_000, maxBytes: 1_048_576, timeoutMs: 5_000 };
const CHECK_BUDGET: ExecutionBudget = { maxRows: 1, maxBytes: 65_536, timeoutMs: 3_000 };

export function describePostgres(
  execute: SourceAdapter["execute"],
  { schemas, product }: { readonly schemas: readonly string[]; readonly product: string },
): Described {
  return {
    introspect: async (signal) => {
      const statement = { sql: INTROSPECT_SQL, params: [[...schemas]] };
      const { rows } = await collect(execute(statement, CATALOGUE_BUDGET, signal));
      return toSourceSchema(rows.map((row) => String(row[0])));
    },
    explain: async (statement, budget, signal) => {
      const sql = statement.explain ? statement.sql : `EXPLAIN (FORMAT JSON) ${statement.sql}`;
      const { rows } = await collect(execute({ ...statement, sql, explain: true }, budget, signal));
      const lines = rows.map((row) => row[0] ?? null);
      return lines.length === 1 ? (lines[0] ?? null) : lines;
    },
    changeTokens: tokenReader(execute),
    changeTriggers: { install: installChangeTriggers(schemas), remove: REMOVE_CHANGE_TRIGGERS },
    privileges: async (signal) => {
      const statement = { sql: PRIVILEGES_SQL, params: [[...schemas]] };
      const { rows } = await collect(execute(statement, SMALL_BUDGET, signal));
      return rows.map(toFinding);
    },
    check: (signal) => check(execute, product, signal),
  };
}

/** One statement where it is known whether the triggers are installed; what has changed about that costs a second. */
function tokenReader(execute: SourceAdapter["execute"]): SourceAdapter["changeTokens"] {
  let exact = false;
  const read = async (sql: string, params: readonly JsonValue[], signal: AbortSignal) => {
    const { rows } = await collect(execute({ sql, params }, SMALL_BUDGET, signal));
    return rows;
  };
  return async (tables, signal) => {
    const params = [tables.map((table) => table.schema), tables.map((table) => table.name)];
    let rows = exact
      ? await read(EXACT_CHANGE_TOKENS_SQL, params, signal).catch((error: unknown) => {
          // Somebody may have removed them, or the right to read them: the counters are still there.
          if (!(error instanceof AppError) || error.status >= 500) throw error;
          exact = false;
          return read(CHANGE_TOKENS_SQL, params, signal);
        })
      : await read(CHANGE_TOKENS_SQL, params, signal);
    if (!exact && rows.some((row) => row[2] === true)) {
      exact = true;
      rows = await read(EXACT_CHANGE_TOKENS_SQL, params, signal);
    }
    const tokens = new Map(rows.map((row) => [Number(row[0]), row[1] as string | null]));
    return tables.map((_, i) => tokens.get(i + 1) ?? null);
  };
}

function toFinding(row: readonly JsonValue[]): PrivilegeFinding {
  return {
    severity: row[0] === "danger" ? "danger" : "warning",
    privilege: String(row[1]),
    evidence: String(row[2]),
  };
}

async function check(
  execute: SourceAdapter["execute"],
  product: string,
  signal: AbortSignal,
): Promise<SourceCheck> {
  const started = performance.now();
  const latencyMs = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const sql = "select current_setting('server_version'), current_user::text";
    const { rows } = await collect(execute({ sql, params: [] }, CHECK_BUDGET, signal));
    const evidence = `${product} ${rows[0]?.[0]} answered as ${rows[0]?.[1]}`;
    return { ok: true, latencyMs: latencyMs(), evidence };
  } catch (error) {
    const evidence = error instanceof AppError ? error.detail : "no answer";
    return { ok: false, latencyMs: latencyMs(), evidence };
  }
}
