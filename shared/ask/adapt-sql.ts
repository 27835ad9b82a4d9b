/** Carries the values of a new question into an example's SQL: its slots filled, its literals made parameters. */
import type { JsonValue } from "../sources/ports.ts";
import type { Hole } from "./masked.ts";
import type { Period } from "./periods.ts";
import type { VerifiedExample } from "./ports.ts";
import { slotParameters } from "./slots.ts";
import { findLiterals, type SqlLiteral } from "./sql-literals.ts";

export interface Adapted {
  readonly sql: string;
  readonly params: readonly JsonValue[];
}

/** A value of the example's question and the one that stands in its place now. */
export interface ValuePair {
  readonly known: Hole;
  readonly asked: Hole;
}

interface Change {
  readonly literal: SqlLiteral;
  readonly value: JsonValue;
}

const day = 86_400_000;

/** Null where a value has no place in the SQL that is certain: nothing is guessed. */
export function adaptSql(example: VerifiedExample, pairs: readonly ValuePair[]): Adapted | null {
  const filled = new Map<string, JsonValue>();
  const literals = findLiterals(example.sql);
  const changes: Change[] = [];
  for (const pair of pairs) {
    const slot = pair.known.slot;
    if (slot !== undefined) {
      const names = slotParameters(slot.name, slot.type);
      const place = example.slots.indexOf(names[0] ?? "") + 1;
      const values = fill(slot.type, pair.asked, comparedColumn(example.sql, place));
      if (values === null) return null;
      names.forEach((name, i) => {
        filled.set(name, values[i] ?? null);
      });
      continue;
    }
    if (sameValue(pair)) continue;
    const found = changesFor(pair, literals);
    // A literal that two values lay claim to is nobody's for certain.
    const claimed = found?.some((one) => changes.some((other) => other.literal === one.literal));
    if (found === null || claimed === true) return null;
    changes.push(...found);
  }
  if (example.slots.some((name) => !filled.has(name))) return null;
  return spliced(
    example.sql,
    changes,
    example.slots.map((name) => filled.get(name) ?? null),
  );
}

/** A stored value fills a slot only where the SQL compares it with a column that stores it: `enterprise` is no name. */
function fill(
  type: string,
  { number, period, value, columns = new Set() }: Hole,
  compared: string | null,
): readonly JsonValue[] | null {
  if (type === "int") return Number.isSafeInteger(number) ? [number ?? 0] : null;
  if (type === "value" || type === "text") {
    const unlisted = type === "text" && columns.size === 0;
    const listed = [...columns].some((column) => column.split(".").at(-1) === compared);
    return value !== undefined && (unlisted || listed) ? [value] : null;
  }
  const { from, to } = period ?? {};
  if (from === undefined || to === undefined) return null;
  if (type === "period") return [new Date(from).toISOString(), new Date(to).toISOString()];
  return to - from === day && from % day === 0 ? [dayText(from)] : null;
}

/** The column that `$n` is compared with, where the SQL says so in the plainest way. */
function comparedColumn(sql: string, place: number): string | null {
  const plain = new RegExp(String.raw`(\w+)"?(?:::\w+)?\s*=\s*\$${place}(?!\d)`);
  return plain.exec(sql)?.[1] ?? null;
}

function sameValue({ known, asked }: ValuePair): boolean {
  if (known.type === "number") return known.number === asked.number;
  if (known.type === "value") return known.value === asked.value;
  return (
    known.period?.from === asked.period?.from &&
    known.period?.to === asked.period?.to &&
    known.relative === asked.relative
  );
}

function changesFor(
  { known, asked }: ValuePair,
  literals: readonly SqlLiteral[],
): readonly Change[] | null {
  if (known.type === "period") return periodChanges(known, asked, literals);
  const wanted = known.type === "number" ? known.number : known.value;
  const value = known.type === "number" ? asked.number : asked.value;
  const hits = literals.filter((literal) =>
    known.type === "number"
      ? literal.kind === "number" && Number(literal.value) === wanted
      : literal.kind === "text" && literal.type === null && literal.value === wanted,
  );
  // Of two equal numbers one may be something else, such as the places of a rounding.
  const certain = known.type === "number" ? hits.length === 1 : hits.length > 0;
  return certain && value !== undefined ? hits.map((literal) => ({ literal, value })) : null;
}

/** A period that moves with the clock is worked out in the SQL itself, or is not there to be changed. */
function periodChanges(
  known: Hole,
  asked: Hole,
  literals: readonly SqlLiteral[],
): readonly Change[] | null {
  const [old, now] = [known.period, asked.period];
  if (known.relative === true || old === undefined || now === undefined) return null;
  if ((old.from === undefined) !== (now.from === undefined)) return null;
  if ((old.to === undefined) !== (now.to === undefined)) return null;
  const named = nameOf(old);
  const renamed = nameOf(now);
  const found = literals.filter(
    (literal) => literal.type !== "interval" && literal.value === named,
  );
  if (found.length > 0)
    return renamed !== null && renamed.length === named?.length
      ? found.map((literal) => ({
          literal,
          value: literal.kind === "number" ? Number(renamed) : renamed,
        }))
      : null;
  return boundChanges(old, now, literals);
}

function boundChanges(
  old: Period,
  now: Period,
  literals: readonly SqlLiteral[],
): readonly Change[] | null {
  const at = (bound: number | undefined, moved: number | undefined): readonly Change[] =>
    bound === undefined || moved === undefined
      ? []
      : literals
          .filter((one) => one.kind === "text" && instantOf(one.value) === bound)
          .map((literal) => ({ literal, value: likeText(literal.value, moved) }));
  const from = at(old.from, now.from);
  const to = at(old.to, now.to);
  const shift = (bound: number | undefined) => (bound === undefined ? undefined : bound - day);
  const lastDay = to.length > 0 ? [] : at(shift(old.to), shift(now.to));
  const [ends, starts] = [to.length > 0 ? to : lastDay, from];
  const oneDay = old.from !== undefined && shift(old.to) === old.from;
  if (oneDay && to.length === 0)
    return now.from !== undefined && shift(now.to) === now.from && starts.length > 0
      ? starts
      : null;
  const missing =
    (old.from !== undefined && starts.length === 0) || (old.to !== undefined && ends.length === 0);
  return missing ? null : [...starts, ...ends];
}

/** `2023` for a whole year, `2023-05` for a whole month; null for any other period. */
function nameOf({ from, to }: Period): string | null {
  if (from === undefined || to === undefined) return null;
  const [start, end] = [new Date(from), new Date(to)];
  const months =
    12 * (end.getUTCFullYear() - start.getUTCFullYear()) + end.getUTCMonth() - start.getUTCMonth();
  const whole = [start, end].every((one) => /-01T00:00:00\.000Z$/.test(one.toISOString()));
  if (!whole) return null;
  if (months === 12 && start.getUTCMonth() === 0) return start.toISOString().slice(0, 4);
  return months === 1 ? start.toISOString().slice(0, 7) : null;
}

/** UTC where the text names no offset, as everywhere in the platform. */
function instantOf(text: string): number {
  const [, date, time] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|\+00(?::?00)?)?)?$/.exec(
      text,
    ) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? "00:00"}Z`);
}

/** The instant written as the literal was. */
function likeText(text: string, at: number): string {
  return text.length === 10 && at % day === 0 ? dayText(at) : new Date(at).toISOString();
}

const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Each changed literal becomes a parameter behind those of the slots, typed as the literal was. */
function spliced(sql: string, changes: readonly Change[], slots: readonly JsonValue[]): Adapted {
  const params = [...slots];
  let text = "";
  let at = 0;
  for (const { literal, value } of [...changes].sort((a, b) => a.literal.start - b.literal.start)) {
    params.push(value);
    text += sql.slice(at, literal.start) + placeholder(`$${params.length}`, literal, value);
    at = literal.end;
  }
  return { sql: text + sql.slice(at), params };
}

function placeholder(
  name: string,
  { kind, type, cast, value: old }: SqlLiteral,
  value: JsonValue,
): string {
  if (type !== null) return `cast(${name} as ${type})`;
  if (kind === "number" || cast || Number.isNaN(instantOf(old))) return name;
  return String(value).length === 10 ? `cast(${name} as date)` : `cast(${name} as timestamptz)`;
}
