/** DuckDB's own parser, through `json_serialize_sql` and back, on a database of its own that holds and reaches nothing. */
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { readAst, writeAst } from "../../sql/duckdb/ast-json.ts";
import type { DuckdbAst, DuckdbParse, DuckdbParser } from "../../sql/duckdb/ports.ts";
import { openEngine } from "./engine.ts";

const TOO_DEEP = "The statement is nested too deeply.";
const LIMITS = { memoryMb: 256, threads: 1 };

interface Serialised {
  readonly error: boolean;
  readonly statements?: readonly DuckdbAst[];
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
}

/** Opened on the first question and kept for the life of the process: parsing has no state. */
export function createDuckdbParser(): DuckdbParser {
  const parse = createAsker("SELECT json_serialize_sql($1::VARCHAR)");
  const write = createAsker("SELECT json_deserialize_sql($1::JSON)");
  return {
    parse: async (sql) => {
      try {
        return outcomeOf(sql, readAst(await parse(sql)) as Serialised);
      } catch (error) {
        const message = error instanceof Error ? error.message : "";
        if (!/depth|nest|recurs|stack/i.test(message)) throw error;
        return { kind: "too_complex", message: TOO_DEEP };
      }
    },
    write: (statement) => write(writeAst({ error: false, statements: [statement] })),
  };
}

/** One for the process: guard and sources ask the same. */
export const duckdbParser: DuckdbParser = createDuckdbParser();

type Ask = (text: string) => Promise<string>;

/** One prepared statement, asked one at a time: a prepared statement has one set of bindings. */
function createAsker(sql: string): Ask {
  let prepared: Promise<DuckDBPreparedStatement> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const open = () => {
    prepared ??= connect()
      .then((connection) => connection.prepare(sql))
      .catch((error: unknown) => {
        prepared = null;
        throw error;
      });
    return prepared;
  };
  return (text) => {
    const answer = last.then(async () => {
      const statement = await open();
      statement.bindVarchar(1, text);
      const result = await statement.run();
      const chunk = await result.fetchChunk();
      return String(chunk?.getColumnVector(0).getItem(0));
    });
    last = answer.catch(() => undefined);
    return answer;
  };
}

let connection: Promise<DuckDBConnection> | null = null;

function connect(): Promise<DuckDBConnection> {
  connection ??= openEngine(LIMITS, null)
    .then((instance) => instance.connect())
    .catch((error: unknown) => {
      connection = null;
      throw error;
    });
  return connection;
}

function outcomeOf(sql: string, answer: Serialised): DuckdbParse {
  if (!answer.error) return { kind: "parsed", statements: answer.statements ?? [] };
  const message = String(answer.error_message).split("\n", 1)[0] ?? "";
  if (/expression depth/i.test(message)) return { kind: "too_complex", message: TOO_DEEP };
  if (answer.error_type === "parser")
    return { kind: "syntax_error", message, ...placeOf(sql, Number(answer.position ?? 0)) };
  if (answer.error_type === "not implemented" && message.startsWith("Only SELECT"))
    return { kind: "not_a_select" };
  return { kind: "too_complex", message };
}

/** DuckDB counts code points from zero. */
function placeOf(sql: string, position: number): { line: number; column: number } {
  const before = [...sql].slice(0, position).join("");
  const lines = before.split("\n");
  return { line: lines.length, column: [...(lines.at(-1) ?? "")].length + 1 };
}
