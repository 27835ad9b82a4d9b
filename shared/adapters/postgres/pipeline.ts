/** The messages of one bounded statement as bytes, written with the driver's own serialiser. */
import type { BoundStatement, ExecutionBudget } from "../../sources/ports.ts";
import { encodeParameter } from "../pg-values/cells.ts";
import type { ConnectionNames, StatementName } from "./statement-names.ts";

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
  /** @param names What the connection's server has read before; null where it keeps nothing. */
  bytes(wire: Wire, names: ConnectionNames | null): Buffer;
}

const BEGIN = "BEGIN TRANSACTION READ ONLY";
/** Not COMMIT: there is nothing to keep, and what the statement SET must not reach the next one. */
const ROLLBACK = "ROLLBACK";
/** BEGIN and SET LOCAL. */
const FIXED_COMMANDS = 2;

export function pipelineOf(options: BoundStatement & { budget: ExecutionBudget }): Pipeline {
  const { sql, params, budget, session = {} } = options;
  const attributes = Object.entries(session);
  const timeLimit = `SET LOCAL statement_timeout = ${Math.ceil(budget.timeoutMs)}`;
  return {
    preambleCommands: FIXED_COMMANDS + attributes.length,
    /** Everything in one buffer: thirteen small writes cost the system ten times as much. */
    bytes: (wire, names) => {
      const statement = record(wire, (to) => {
        for (const [name, value] of attributes) setAttribute(to, name, value);
        const known = names?.of(sql) ?? null;
        for (const name of names?.stale() ?? []) to.close({ type: "S", name });
        if (known === null) to.parse({ text: sql });
        else if (known.isNew) to.parse({ name: known.name, text: sql });
        to.bind({ statement: known?.name ?? "", values: params.map(encodeParameter) });
        to.describe({ type: "P" });
        // One row more than wanted tells "exactly enough" from "too many".
        to.execute({ rows: budget.maxRows + 1 });
      });
      return Buffer.concat([
        command(wire, BEGIN, names?.ofFixed(BEGIN)),
        command(wire, timeLimit),
        statement,
        command(wire, ROLLBACK, names?.ofFixed(ROLLBACK)),
        sync(wire),
      ]);
    },
  };
}

/** For row-level security: `current_setting('mcp.team', true)`; bound like any value, and local to the transaction. */
function setAttribute(to: Protocol, name: string, value: string): void {
  to.parse({ text: "select set_config($1, $2, true)" });
  to.bind({ values: [`mcp.${name}`, value] });
  to.execute({});
}

const commands = new Map<string, Buffer>();
const REMEMBERED_COMMANDS = 200;

/** A command without values, whose bytes are the same on every connection. */
function command(wire: Wire, text: string, known: StatementName | null = null): Buffer {
  const { name = "", isNew = true } = known ?? {};
  const key = `${name} ${isNew} ${text}`;
  const bytes =
    commands.get(key) ??
    record(wire, (to) => {
      if (isNew) to.parse({ name, text });
      to.bind({ statement: name });
      to.execute({});
    });
  if (commands.size < REMEMBERED_COMMANDS) commands.set(key, bytes);
  return bytes;
}

let syncBytes: Buffer | null = null;

function sync(wire: Wire): Buffer {
  syncBytes ??= record(wire, (to) => to.sync());
  return syncBytes;
}

/** What the connection's own methods would write, kept instead of written. */
function record(wire: Wire, speak: (to: Protocol) => void): Buffer {
  const parts: Buffer[] = [];
  const stream = { writable: true, write: (bytes: Buffer) => parts.push(bytes) };
  speak(Object.create(wire, { stream: { value: stream } }) as Protocol);
  return Buffer.concat(parts);
}
