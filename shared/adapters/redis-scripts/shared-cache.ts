/** The shared cache over any client that runs Redis scripts: where things lie, and what is sent and read. */

import { createStopwatch, type Stopwatch } from "../../cache/elapsed.ts";
import type {
  Claim,
  EpochVector,
  FoundEntry,
  RaiseListener,
  SharedCache,
  SharedPlace,
  SharedReadings,
  SharedResults,
  TokenReading,
} from "../../cache/ports.ts";
import { evidenceDigest } from "../../cache/result-identity.ts";
import type { Clock } from "../../kernel/clock.ts";
import { createEntryReader, type EntryReader, type ReadEntry, writeEntry } from "./entry-text.ts";
import {
  CLAIM,
  PUT,
  RAISE,
  READ,
  READ_TOKENS,
  RELEASE,
  type RedisScript,
  STAMP_LENGTH,
  WRITE_TOKENS,
} from "./scripts.ts";
import { createServerTime } from "./server-time.ts";

/** What a client must do; the vendors differ in no more. */
export interface RedisCommands {
  /** Runs a script that the server may not know yet. */
  run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Where one server, and so one clock, answers all: a value, and the time in milliseconds. */
  readonly plain?: {
    /** Bytes where the client has them: whoever sends them on need not decode them. */
    get(key: string): Promise<Value | null>;
    time(): Promise<number>;
  };
  /** From the first connection on: what is published on the channel, and when messages may have been lost. */
  subscribe?(channel: string, listener: { heard(message: string): void; lost(): void }): void;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface RedisCacheOptions {
  readonly name: SharedCache["name"];
  /** At the front of every key, so that a server may be shared. */
  readonly prefix: string;
  /** This instance's wall clock. */
  readonly clock: Clock;
  /** Milliseconds; unset means the server's own clock, which all instances share. */
  readonly serverClock?: () => number;
}

/** Longer than any result is kept. */
const EPOCHS_KEEP_MS = 7 * 86_400_000;
const READINGS_KEEP_MS = 120_000;

export function createRedisCache(commands: RedisCommands, options: RedisCacheOptions): SharedCache {
  const { prefix, serverClock } = options;
  const now = () => (serverClock === undefined ? "" : String(serverClock()));
  const key = (source: string, rest: string) => `${prefix}:{${source}}:${rest}`;
  /** Where invalidations are told. */
  const channel = `${prefix}:raised`;
  const { subscribe } = commands;
  return {
    name: options.name,
    results: createResults(commands, { key, now, clock: options.clock }, channel),
    readings: createReadings(commands, { key, now, clock: options.clock }),
    ...(subscribe && {
      listen: ({ heard, lost }: RaiseListener) =>
        subscribe(channel, {
          heard(message) {
            const raised = readRaised(message);
            if (raised !== null) heard(...raised);
          },
          lost,
        }),
    }),
    ping: () => commands.ping(),
    close: () => commands.close(),
  };
}

type Raised = readonly [source: string, epochs: EpochVector];

const writeRaised = (raised: Raised): string => JSON.stringify(raised);

/** Null for what another release may have said. */
function readRaised(message: string): Raised | null {
  try {
    const [source, epochs] = JSON.parse(message) as Partial<Raised>;
    const told = typeof source === "string" && typeof epochs === "object" && epochs !== null;
    return told && Object.values(epochs).every(Number.isSafeInteger) ? [source, epochs] : null;
  } catch {
    return null;
  }
}

interface Places {
  key(source: string, rest: string): string;
  now(): string;
  readonly clock: Clock;
}

function createResults(
  commands: RedisCommands,
  { key, now, clock }: Places,
  channel: string,
): SharedResults {
  const entryKey = ({ source, key: name }: SharedPlace) => key(source, `e:${name}`);
  const leaseKey = (place: SharedPlace, name: string) =>
    key(place.source, `l:${place.key}:${name}`);
  const epochsKey = (source: string) => key(source, "epochs");
  const readEntry = createEntryReader();
  const found = (serverNow: number, value: Value) => readFound(readEntry, clock, serverNow, value);
  const read = createReader(commands, now, createStopwatch(clock));
  return {
    get: (place) =>
      read(entryKey(place), (at, value) => (value === null ? null : found(at, value))),
    async claim(place, wanted, { name, holder, leaseMs }): Promise<Claim> {
      const reply = (await commands.run(
        CLAIM,
        [entryKey(place), leaseKey(place, name)],
        [
          now(),
          wanted === null ? "" : evidenceDigest(wanted.evidence),
          String(wanted?.maxAgeMs ?? 0),
          holder,
          String(leaseMs),
        ],
      )) as Reply;
      if (reply[0] === "held") return { kind: "held", remainingMs: Number(reply[1]) };
      const ready = reply[0] === "ready" ? await found(Number(reply[1]), String(reply[2])) : null;
      // What nobody can read is computed anew; for this once without a lease of its own.
      return ready === null ? { kind: "lead" } : { kind: "ready", found: ready };
    },
    async put(place, { entry, bornAt }, { name, holder }, { keepMs, maxBytes }) {
      const text = await writeEntry(entry, bornAt);
      if (Buffer.byteLength(text) > maxBytes) return "too_large";
      const stored = await commands.run(
        PUT,
        [entryKey(place), epochsKey(place.source), leaseKey(place, name)],
        [
          now(),
          String(Math.max(entry.costMs, clock.now() - bornAt)),
          String(Math.ceil(keepMs)),
          evidenceDigest(entry.evidence) + text,
          holder,
          ...pairs(entry.evidence.epochs),
        ],
      );
      return Number(stored) === 1 ? "stored" : "epoch_moved";
    },
    async release(place, { name, holder }) {
      await commands.run(RELEASE, [leaseKey(place, name)], [holder]);
    },
    async raise(source, epochs) {
      const args = [String(EPOCHS_KEEP_MS), channel, writeRaised([source, epochs])];
      await commands.run(RAISE, [epochsKey(source)], [...args, ...pairs(epochs)]);
    },
  };
}

type Value = string | Buffer;

/** A value with the server's time: one GET where one server answers all, and a script otherwise. */
function createReader(
  { plain, run }: RedisCommands,
  now: () => string,
  stopwatch: Stopwatch,
): <T>(key: string, use: (at: number, value: Value | null) => T | Promise<T>) => Promise<T> {
  const serverTime = plain && createServerTime(plain.time, stopwatch);
  return (key, use) => {
    const given = now();
    if (plain === undefined || serverTime === undefined || given !== "")
      return run(READ, [key], [given]).then((reply) => {
        const [at, text] = reply as Reply;
        return use(Number(at), typeof text === "string" ? text : null);
      });
    const asked = serverTime.ask();
    const reading = plain.get(key);
    if (asked === null) return reading.then((value) => use(serverTime.now(), value));
    return Promise.all([reading, asked]).then(([value]) => use(serverTime.now(), value));
  };
}

/** Of two opinions on its age, the server's and this instance's, the larger counts. */
function readFound(
  readEntry: EntryReader,
  clock: Clock,
  serverNow: number,
  value: Value,
): FoundEntry | null | Promise<FoundEntry | null> {
  const aged = (read: ReadEntry | null): FoundEntry | null =>
    read && {
      entry: read.entry,
      ageMs: Math.max(0, serverNow - read.stampedAt, clock.now() - read.bornAt),
    };
  const read = readEntry(typeof value === "string" ? Buffer.from(value) : value);
  return read instanceof Promise ? read.then(aged) : aged(read);
}

type Reply = readonly (string | number | null)[];

const pairs = (members: Readonly<Record<string, number>>): string[] =>
  Object.entries(members).flatMap(([name, value]) => [name, String(value)]);

/** A reading's text: the server's stamp, then the instance's wall clock and the token as JSON. */
function createReadings(commands: RedisCommands, { key, now, clock }: Places): SharedReadings {
  const readingsKey = (source: string) => key(source, "tokens");
  return {
    async read(source, tables) {
      const args = [now(), ...tables];
      const reply = (await commands.run(READ_TOKENS, [readingsKey(source)], args)) as Reply;
      const serverNow = Number(reply[0]);
      return tables.map((_, i): TokenReading | null => {
        const text = reply[i + 1];
        if (typeof text !== "string") return null;
        const [readAt, token] = JSON.parse(text.slice(STAMP_LENGTH)) as [number, string | null];
        const stamp = Number(text.slice(0, STAMP_LENGTH));
        return { token, ageMs: Math.max(0, serverNow - stamp, clock.now() - readAt) };
      });
    },
    async write(source, tokens, readAt) {
      const ageMs = Math.max(0, clock.now() - readAt);
      const args = [...tokens].flatMap(([table, token]) => [
        table,
        JSON.stringify([readAt, token]),
      ]);
      await commands.run(
        WRITE_TOKENS,
        [readingsKey(source)],
        [now(), String(READINGS_KEEP_MS), String(ageMs), ...args],
      );
    },
  };
}
