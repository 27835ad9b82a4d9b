/** The messages of one bounded statement as bytes, written with the driver's own serialiser. */
import { LRUCache } from "lru-cache";
import type { BoundStatement, ExecutionBudget } from "../../sources/ports.ts";
import { encodeParameter } from "../pg-values/cells.ts";
import type { ConnectionNames, StatementNames } from "./statement-names.ts";

/** The connection's protocol methods, which @types/pg leaves out; each writes one message to its stream. */
interface Protocol {
  parse(message: { name?: string; text: string }): void;
  bind(message: { statement?: string; values?: readonly (string | null)[] }): void;
  describe(message: { type: "P" }): void;
  execute(message: { rows?: number }): void;
  close(message: { type: "S"; name: string }): void;
  sync(): void;
}

export interface Wire extends Protocol {
  readonly stream: {
    write(bytes: Buffer): void;
    pause(): void;
    resume(): void;
    on(event: "data", listener: (chunk: Buffer) => void): void;
    off(event: "data", listener: (chunk: Buffer) => void): void;
  };
}

export interface Pipeline {
  /** How many commands complete before the statement does. */
  readonly preambleCommands: number;
  bytes(wire: Wire): Buffer;
  /** The server has said how it ended. */
  settle(failed: boolean): void;
}

/** BEGIN and SET LOCAL. */
const FIXED_COMMANDS = 2;

export function pipelineOf(
  options: BoundStatement & { budget: ExecutionBudget; names: StatementNames },
): Pipeline {
  const { sql, params, budget, session = {} } = options;
  const attributes = Object.entries(session);
  let names: ConnectionNames | null = null;
  return {
    preambleCommands: FIXED_COMMANDS + attributes.length,
    /** Everything in one buffer: thirteen small writes cost the system ten times as much. */
    bytes: (wire) => {
      names = options.names.of(wire);
      // A plan may hold what the caller's attributes were when it was made: where there are any, each has its own.
      const known = attributes.length > 0 ? null : (names?.of(sql) ?? null);
      const stale = names?.stale() ?? [];
      const isPlain = known !== null && !known.isNew && params.length === 0 && stale.length === 0;
      if (isPlain) return plainBatch(wire, known.name, budget);
      const batch = transaction(wire, budget, (to) => {
        for (const [name, value] of attributes) setAttribute(to, name, value);
        if (known === null) to.parse({ text: sql });
        else if (known.isNew) to.parse({ name: known.name, text: sql });
        run(to, known?.name ?? "", params.map(encodeParameter), budget);
      });
      // Before all else, so that a failure of the rest does not keep it from the server.
      return stale.length > 0 ? Buffer.concat([forgetting(wire, stale), batch]) : batch;
    },
    settle: (failed) => names?.settle(failed),
  };
}

function run(
  to: Protocol,
  statement: string,
  values: readonly (string | null)[],
  { maxRows }: ExecutionBudget,
): void {
  to.bind({ statement, values });
  to.describe({ type: "P" });
  // One row more than wanted tells "exactly enough" from "too many".
  to.execute({ rows: maxRows + 1 });
}

function transaction(
  wire: Wire,
  { timeoutMs }: ExecutionBudget,
  speak: (to: Protocol) => void,
): Buffer {
  return Buffer.concat([preamble(wire, Math.ceil(timeoutMs)), record(wire, speak), ending(wire)]);
}

const MOST_BATCHES = 1_000;
const plainBatches = new LRUCache<string, Buffer>({ max: MOST_BATCHES });

/** A statement that the server knows by name, without parameters: the same bytes every time. */
function plainBatch(wire: Wire, name: string, budget: ExecutionBudget): Buffer {
  const key = `${name} ${budget.timeoutMs} ${budget.maxRows}`;
  const known = plainBatches.get(key);
  if (known !== undefined) return known;
  const bytes = transaction(wire, budget, (to) => run(to, name, [], budget));
  plainBatches.set(key, bytes);
  return bytes;
}

function forgetting(wire: Wire, names: readonly string[]): Buffer {
  return record(wire, (to) => {
    for (const name of names) to.close({ type: "S", name });
  });
}

/** For row-level security: `current_setting('mcp.team', true)`; bound like any value, and local to the transaction. */
function setAttribute(to: Protocol, name: string, value: string): void {
  to.parse({ text: "select set_config($1, $2, true)" });
  to.bind({ values: [`mcp.${name}`, value] });
  to.execute({});
}

const preambles = new Map<number, Buffer>();
const REMEMBERED_PREAMBLES = 100;
let endingBytes: Buffer | null = null;

/** These have no names: that a transaction reads only must hang on nothing but its own words. */
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
