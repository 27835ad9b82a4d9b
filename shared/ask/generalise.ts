/** Makes a template of an answered question: what it says of numbers and moving periods becomes slots, the rest literals. */
import type { JsonValue } from "../sources/ports.ts";
import type { AnsweredQuestion, DateReader, Generalised } from "./ports.ts";
import { type SaidPeriod, saidPeriods } from "./said-periods.ts";
import { normaliseText, type Token, textOf, tokenise } from "./tokens.ts";

interface Slot {
  /** As it stands in the template. */
  readonly slot: string;
  /** As it stands in the question. */
  readonly text: string;
  /** The parameters it fills, by their position in the answer. */
  readonly fills: readonly number[];
}

export function generalise(answered: AnsweredQuestion, dates: DateReader): Generalised {
  const question = normaliseText(answered.question);
  if (/[{}]/.test(question)) return unfit("its question holds a brace, which marks slots");
  const tokens = tokenise(question);
  const periods = saidPeriods(tokens, { at: answered.at, dates });
  const period = periodSlot(tokens, periods, answered);
  if (period?.kind === "unfit") return period;
  const slots = [
    ...numberSlots(tokens, periods, answered),
    ...(period === null ? [] : [period.slot]),
  ];
  const placed = slots
    .map((slot) => ({ ...slot, at: question.indexOf(slot.text) }))
    .sort((a, b) => a.at - b.at);
  const twice = placed.some(({ text, at }) => at < 0 || question.indexOf(text, at + 1) >= 0);
  if (twice) {
    return period === null
      ? written(answered, question, [])
      : unfit("its words for the time cannot be told apart");
  }
  const template = placed.reduce((text, one) => text.replace(one.text, one.slot), question);
  return written(answered, template, placed);
}

const unfit = (reason: string): Extract<Generalised, { kind: "unfit" }> => ({
  kind: "unfit",
  reason,
});

/** A whole number that the question says once and the answer uses once. Years are left as they are. */
function numberSlots(
  tokens: readonly Token[],
  periods: readonly SaidPeriod[],
  { params }: AnsweredQuestion,
): readonly Slot[] {
  return params.flatMap((param, position): Slot[] => {
    if (typeof param !== "number" || !Number.isSafeInteger(param) || param < 0) return [];
    const said = tokens.flatMap((token, i) =>
      token.kind === "number" && token.value === param ? [i] : [],
    );
    const [place = -1] = said;
    const alone = said.length === 1 && params.filter((one) => one === param).length === 1;
    const dated = periods.some(({ start, end }) => place >= start && place < end);
    const year = param >= 1900 && param < 2200;
    return alone && !dated && !year
      ? [{ slot: `{n${position + 1}:int}`, text: tokens[place]?.text ?? "", fills: [position] }]
      : [];
  });
}

/** A period that moves with the clock must be worked out each time: as literals it would be wrong tomorrow. */
function periodSlot(
  tokens: readonly Token[],
  periods: readonly SaidPeriod[],
  { params }: AnsweredQuestion,
): { readonly kind: "slot"; readonly slot: Slot } | Extract<Generalised, { kind: "unfit" }> | null {
  const moving = periods.filter(({ relative }) => relative);
  const timed = params.some((param) => Number.isFinite(instantOf(param)));
  if (moving.length === 0 || !timed) return null;
  const [only] = moving;
  const { from = Number.NaN, to = Number.NaN } = only?.period ?? {};
  const fills = [from, to].map((bound) => params.findIndex((param) => instantOf(param) === bound));
  const others = params.filter(
    (param, i) => Number.isFinite(instantOf(param)) && !fills.includes(i),
  );
  if (only === undefined || moving.length > 1 || fills.includes(-1) || others.length > 0)
    return unfit("its answer depends on when it was asked");
  const text = textOf(tokens.slice(only.start, only.end));
  return { kind: "slot", slot: { slot: "{when:period}", text, fills } };
}

function instantOf(param: JsonValue): number {
  const [, date, time = "T00:00:00"] =
    (typeof param === "string"
      ? /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(?:\.\d+)?)?Z?$/.exec(param)
      : null) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}${time}Z`);
}

/** Slots are $1 … $n in the order of the question. */
function written(
  { sql, params, backslashes }: AnsweredQuestion,
  question: string,
  slots: readonly Slot[],
): Generalised {
  const order = slots.flatMap(({ fills }) => fills);
  const texts = params.map((param, at) => {
    const place = order.indexOf(at);
    return place >= 0 ? `$${place + 1}` : literal(param, backslashes);
  });
  if (texts.includes(null)) return unfit("its parameters cannot be written as literals");
  const replaced = sql.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)/g,
    (whole, number: string | undefined) =>
      number === undefined ? whole : (texts[Number(number) - 1] ?? whole),
  );
  return { kind: "template", question, sql: replaced };
}

function literal(param: JsonValue, backslashes: boolean): string | null {
  if (param === null || typeof param === "boolean") return String(param);
  if (typeof param === "number") return param < 0 ? `(${param})` : String(param);
  if (typeof param !== "string") return null;
  const text = backslashes ? param.replaceAll("\\", "\\\\") : param;
  return `'${text.replaceAll("'", "''")}'`;
}
