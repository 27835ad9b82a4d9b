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

/** The connection's protocol methods, which @types/pg leaves out; each writes one message to its stream. */
interface Protocol {
  parse(message: { text: string }): void;
  bind(message: { values?: readonly (string | null)[] }): void;
  describe(message: { type: "P" }): void;
  execute(message: { rows?: number }): void;
  sync(): void;
}

interface Wire extends Protocol {
  readonly stream: {
    write(bytes: Buffer): void;
    on(event: "data", listener: (chunk: Buffer) => void): void;
    off(event: "data", listener: (chunk: Buffer) => void): void;
  };
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

/** Everything in one buffer and one write: thirteen small ones cost the system ten times as much. */
function send(wire: Wire, { sql, params, budget }: BoundedQueryOptions): void {
  const before = preamble(wire, Math.ceil(budget.timeoutMs));
  const statement = record(wire, (to) => {
    to.parse({ text: sql });
    to.bind({ values: params.map(encodeParameter) });
    to.describe({ type: "P" });
    // One row more than wanted tells "exactly enough" from "too many".
    to.execute({ rows: budget.maxRows + 1 });
  });
  wire.stream.write(Buffer.concat([before, statement, ending(wire)]));
}

const preambles = new Map<number, Buffer>();
const REMEMBERED_PREAMBLES = 100;
let endingBytes: Buffer | null = null;

function preamble(wire: Wire, timeoutMs: number): Buffer {
  const known = preambles.get(timeoutMs);
  if (known) return known;
  const bytes = record(wire, (to) => {
    command(to, "BEGIN TRANSACTION READ ONLY");
    command(to, `SET LOCAL statement_timeout = ${timeoutMs}`);
  });
  if (preambles.size < REMEMBERED_PREAMBLES) preambles.set(timeoutMs, bytes);
  return bytes;
}

/** Not COMMIT: there is nothing to keep, and what the statement SET must not reach the next one. */
function ending(wire: Wire): Buffer {
  endingBytes ??= record(wire, (to) => {
    command(to, "ROLLBACK");
    to.sync();
  });
  return endingBytes;
}

function command(to: Protocol, text: string): void {
  to.parse({ text });
  to.bind({});
  to.execute({});
}

/** What the connection's own methods would write, kept instead of written. */
function record(wire: Wire, speak: (to: Protocol) => void): Buffer {
  const parts: Buffer[] = [];
  const stream = { writable: true, write: (bytes: Buffer) => parts.push(bytes) };
  speak(Object.create(wire, { stream: { value: stream } }) as Protocol);
  return Buffer.concat(parts);
}
