/**
 * One reading statement as one network write: BEGIN READ ONLY, the time limit, the statement with its parameters and a
 * row limit, ROLLBACK, all pipelined before a single Sync of the extended protocol (PostgreSQL 18, 54.2.3 and 54.2.4).
 * The server reads them in order and skips the rest after an error, so that a round trip buys a whole transaction.
 */
import type { Submittable } from "pg";
import type { ExecutionBudget, JsonValue, ResultColumn, ResultSet } from "../../sources/ports.ts";
import { decoderOf, encodeParameter, typeName } from "../pg-values/decode.ts";

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** The connection's protocol methods, which @types/pg leaves out. */
interface Wire {
  readonly stream: {
    cork(): void;
    uncork(): void;
    on(event: "data", listener: (chunk: Buffer) => void): void;
    off(event: "data", listener: (chunk: Buffer) => void): void;
  };
  parse(message: { text: string }): void;
  bind(message: { values?: readonly (string | null)[] }): void;
  describe(message: { type: "P" }): void;
  execute(message: { rows?: number }): void;
  sync(): void;
}

export interface BoundedQuery extends Submittable {
  readonly done: Promise<ResultSet>;
}

export interface BoundedQueryOptions {
  readonly sql: string;
  readonly params: readonly JsonValue[];
  readonly budget: ExecutionBudget;
  /** Called once when the byte budget is used up and the rest of the rows is not wanted. */
  readonly onEnough: () => void;
  /** Called when a single message alone is beyond the budget: the connection must be destroyed to bound memory. */
  readonly onFlood: () => void;
}

/** A message this much larger than the budget is not waited for. */
const FLOOD_SLACK_BYTES = 4 * 1_048_576;
/** BEGIN and SET LOCAL complete before the statement itself does. */
const PREAMBLE_COMMANDS = 2;
/** SQLSTATE of a statement that was cancelled. */
const QUERY_CANCELED = "57014";

export function createBoundedQuery(options: BoundedQueryOptions): BoundedQuery {
  const { budget } = options;
  const { promise: done, resolve, reject } = Promise.withResolvers<ResultSet>();
  done.catch(() => undefined);
  const rows = createRowCollector(options);
  let completed = 0;
  let received = 0;
  let wire: Wire | null = null;

  const watch = (chunk: Buffer) => {
    received += chunk.length;
    if (received > budget.maxBytes + FLOOD_SLACK_BYTES && rows.cut()) options.onFlood();
  };
  const complete = () => {
    completed++;
  };
  const finish = () => wire?.stream.off("data", watch);

  return {
    done,
    submit(connection) {
      wire = connection as unknown as Wire;
      wire.stream.on("data", watch);
      send(wire, options);
    },
    handleRowDescription: rows.describe,
    handleDataRow: rows.add,
    handlePortalSuspended: complete,
    handleCommandComplete: complete,
    handleEmptyQuery: complete,
    handleError(error: Error) {
      finish();
      const result = rows.result();
      const cancelled = (error as { code?: string }).code === QUERY_CANCELED;
      // A cancellation that the byte budget asked for is the end of a truncated result, not a failure.
      if (result.truncated && completed >= PREAMBLE_COMMANDS && cancelled) resolve(result);
      else reject(error);
    },
    handleReadyForQuery() {
      finish();
      resolve(rows.result());
    },
  } as BoundedQuery;
}

/** Decodes rows until the row or the byte budget is used up, and knows whether any was left out. */
function createRowCollector({ budget, onEnough }: BoundedQueryOptions) {
  let columns: ResultColumn[] = [];
  let decoders: ((text: string) => JsonValue)[] = [];
  const rows: JsonValue[][] = [];
  let bytes = 0;
  let truncated = false;
  return {
    describe(message: { fields: readonly Field[] }): void {
      columns = message.fields.map((field) => ({
        name: field.name,
        type: typeName(field.dataTypeID),
      }));
      decoders = message.fields.map((field) => decoderOf(field.dataTypeID));
    },
    add(message: { fields: readonly (string | null)[] }): void {
      if (truncated) return;
      let size = 0;
      for (const field of message.fields) size += field === null ? 4 : field.length + 3;
      if (rows.length >= budget.maxRows) truncated = true;
      else if (bytes + size > budget.maxBytes) {
        truncated = true;
        onEnough();
      } else {
        bytes += size;
        rows.push(
          message.fields.map((field, i) =>
            field === null ? null : (decoders[i] as (text: string) => JsonValue)(field),
          ),
        );
      }
    },
    /** Leaves the rest out; false when that was so already. */
    cut(): boolean {
      const now = !truncated;
      truncated = true;
      return now;
    },
    result: (): ResultSet => ({ columns, rows, truncated }),
  };
}

function send(wire: Wire, { sql, params, budget }: BoundedQueryOptions): void {
  wire.stream.cork();
  try {
    for (const text of [
      "BEGIN TRANSACTION READ ONLY",
      `SET LOCAL statement_timeout = ${Math.ceil(budget.timeoutMs)}`,
    ]) {
      wire.parse({ text });
      wire.bind({});
      wire.execute({});
    }
    wire.parse({ text: sql });
    wire.bind({ values: params.map(encodeParameter) });
    wire.describe({ type: "P" });
    // One row more than wanted tells "exactly enough" from "too many".
    wire.execute({ rows: budget.maxRows + 1 });
    // Not COMMIT: there is nothing to keep, and what the statement SET must not reach the next one.
    wire.parse({ text: "ROLLBACK" });
    wire.bind({});
    wire.execute({});
    wire.sync();
  } finally {
    wire.stream.uncork();
  }
}
