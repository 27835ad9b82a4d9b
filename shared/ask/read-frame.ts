/** Walks a question's parts from left to right and gives every one a role in a frame. */

import { emptyFrame, type Frame } from "./frame.ts";
import { unsupported } from "./lexicon.ts";
import { lookUp } from "./link.ts";
import { numericOnly, tableOnly } from "./narrow.ts";
import type { Comparison } from "./operators.ts";
import type { Part } from "./parts.ts";
import { placeFigure } from "./place-figure.ts";
import { placeLink } from "./place-link.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";
import { finish, nothing, ranks, type Waiting, type Walk } from "./walk.ts";

export function readFrame(parts: readonly Part[], index: SchemaIndex): Frame {
  const walk: Walk = { parts, index, frame: emptyFrame(), waiting: nothing(), at: 0 };
  while (walk.at < parts.length && walk.frame.problem === undefined) {
    const part = parts[walk.at];
    if (part !== undefined) {
      step(walk, part);
    }
    walk.at += 1;
  }
  finish(walk);
  return walk.frame;
}

function step(walk: Walk, part: Part): void {
  const { frame, waiting } = walk;
  switch (part.kind) {
    case "link":
      placeLink(walk, part);
      return;
    case "number":
      placeNumber(walk, part.value, part.unitMs);
      return;
    case "quoted":
      placeQuoted(walk, part.value);
      return;
    case "period":
      placePeriod(walk, part);
      return;
    case "superlative":
      placeSuperlative(walk, part);
      return;
    case "first":
      placeFirst(walk, part.descending, part.text);
      return;
    case "unit":
      placeUnit(walk, part);
      return;
    case "fresh":
      frame.fresh = true;
      return;
    case "unknown":
      frame.problem = `nothing in the source corresponds to “${part.text}”`;
      return;
    case "write":
      frame.problem = `“${part.text}” asks for a change, and questions are only ever read`;
      return;
    case "unsupported":
      frame.problem = `“${part.text}” asks for ${unsupported.get(part.text.toLowerCase()) ?? "something"}, which this engine cannot work out yet`;
      return;
    default:
      placeOperator(walk, waiting, part);
      return;
  }
}

function placeOperator(walk: Walk, waiting: Waiting, part: Part): void {
  const { frame } = walk;
  switch (part.kind) {
    case "count":
      placeCount(walk);
      return;
    case "aggregate":
      waiting.also = walk.parts[walk.at - 1]?.kind === "and" ? waiting.aggregate : undefined;
      waiting.aggregate = part.fn;
      return;
    case "group":
      placeGroup(walk);
      return;
    case "order":
      waiting.sort = { descending: false };
      return;
    case "direction":
      turn(frame, part.descending);
      return;
    case "rank":
      placeRank(walk, part.descending);
      return;
    case "compare":
      placeCompare(walk, part.op, part.concept);
      return;
    case "between":
      waiting.compare = { op: "between", values: [], unitMs: undefined };
      return;
    case "missing":
      placeMissing(walk, part.negated !== waiting.not);
      return;
    case "without":
      waiting.without = true;
      return;
    case "not":
      waiting.not = true;
      return;
    case "distinct":
      waiting.distinct = true;
      return;
    case "which":
      waiting.which = true;
      return;
    case "grain":
      frame.groups.push({ grain: part.grain });
      waiting.group = false;
      return;
    case "or":
      frame.either = true;
      return;
    default:
      placeFigure(walk, part);
      return;
  }
}

/** `number of` ranks after `by` or `most`, says nothing in `average number of attempts`, and counts elsewhere. */
function placeCount({ frame, waiting }: Walk): void {
  if (waiting.group || waiting.sort !== undefined || waiting.rank !== undefined) {
    waiting.metricCount = true;
  } else if (waiting.aggregate === undefined) {
    frame.count = true;
  }
}

/** `by` after `top 5 customers` says what ranks them; elsewhere it groups. */
function placeGroup(walk: Walk): void {
  const { waiting } = walk;
  if (waiting.ranked !== undefined) {
    waiting.sort = waiting.ranked;
    waiting.ranked = undefined;
  } else {
    waiting.group = true;
  }
}

function turn(frame: Frame, descending: boolean): void {
  const last = frame.sorts.pop();
  if (last === undefined) {
    frame.direction = { descending };
  } else {
    frame.sorts.push({ ...last, descending });
  }
}

function placeRank(walk: Walk, descending: boolean): void {
  const { waiting, parts, at, frame } = walk;
  const next = parts[at + 1];
  if (next?.kind === "and" && parts[at + 2]?.kind === "rank") {
    // `lowest and highest price`: both ends of it.
    waiting.also = descending ? "max" : "min";
    waiting.aggregate = descending ? "min" : "max";
    walk.at += 2;
    return;
  }
  takeLimit(walk);
  if (next?.kind === "superlative") {
    walk.at += 1;
    placeSuperlative(walk, {
      ...next,
      descending: descending ? next.descending : !next.descending,
    });
    return;
  }
  waiting.rank = { descending };
  waiting.ranked = undefined;
  frame.unsorted = undefined;
}

/** `top 5`, `last 3`: how many; by what may follow. */
function placeFirst(walk: Walk, descending: boolean, text: string): void {
  const { parts, frame, waiting } = walk;
  const next = parts[walk.at + 1];
  if (next?.kind === "number" && next.unitMs === undefined) {
    frame.limit = next.value;
    walk.at += 1;
  }
  frame.unsorted =
    text === "top" || text === "bottom" || /^(top|bottom)$/i.test(text) ? "top" : "recent";
  waiting.ranked = { descending };
  frame.limit ??= -1;
  if (frame.unsorted === "recent") {
    frame.sorts.push({ metric: { fn: "time" }, descending });
  }
}

function placeSuperlative(
  walk: Walk,
  part: {
    readonly concepts: readonly string[];
    readonly descending: boolean;
    readonly text: string;
  },
): void {
  const { frame } = walk;
  takeLimit(walk);
  frame.limit ??= -1;
  // `longest running job`: not one whose state is running.
  if (part.concepts[0] === "duration" && /^running$/i.test(walk.parts[walk.at + 1]?.text ?? "")) {
    walk.at += 1;
  }
  if (frame.unsorted === "recent") {
    frame.sorts.pop();
  }
  frame.unsorted = undefined;
  if (part.concepts[0] === "@time") {
    frame.sorts.push({ metric: { fn: "time" }, descending: part.descending });
    return;
  }
  const candidates = conceptCandidates(walk, part.concepts);
  if (candidates.length === 0) {
    frame.problem = `nothing in the source says what “${part.text}” would be measured by`;
    return;
  }
  frame.mentions.push({ text: part.text, plural: false, candidates });
  frame.sorts.push({
    metric: { fn: "usual", mention: frame.mentions.length - 1 },
    descending: part.descending,
  });
}

function conceptCandidates(walk: Walk, concepts: readonly string[]): readonly Candidate[] {
  return concepts.flatMap((concept, rank) =>
    numericOnly(lookUp([concept], walk.index), walk.index).map((one) => ({
      ...one,
      quality: one.quality * (0.97 - 0.02 * rank),
    })),
  );
}

function takeLimit(walk: Walk): void {
  const { waiting, frame } = walk;
  if (waiting.number !== undefined) {
    frame.limit = waiting.number.value;
    waiting.number = undefined;
  }
}

function placeCompare(walk: Walk, op: Comparison, concept: string | undefined): void {
  const { waiting, frame } = walk;
  waiting.compare = { op, values: [], unitMs: undefined };
  if (concept !== undefined) {
    const candidates = conceptCandidates(walk, [concept]);
    const number = walk.parts[walk.at + 1];
    // `longer than 1 hour` needs no column called duration: the unit finds it.
    if (candidates.length === 0 && number?.kind === "number" && number.unitMs !== undefined) {
      return;
    }
    if (candidates.length === 0) {
      frame.problem = `nothing in the source corresponds to “${walk.parts[walk.at]?.text ?? concept}”`;
      return;
    }
    frame.mentions.push({ text: concept, plural: false, candidates });
    waiting.subject = { mention: frame.mentions.length - 1, at: walk.at, fn: undefined };
  }
  // `3 or more attempts`
  if (waiting.number !== undefined) {
    const { value, unitMs } = waiting.number;
    waiting.number = undefined;
    waiting.compare.values.push(value);
    waiting.compare.unitMs = unitMs;
    closeCompare(walk);
  }
}

function placeNumber(walk: Walk, value: number, unitMs: number | undefined): void {
  const { waiting, frame, parts, at } = walk;
  const { compare, subject } = waiting;
  if (compare !== undefined) {
    compare.values.push(value);
    compare.unitMs = unitMs ?? compare.unitMs;
    if (compare.op !== "between" || compare.values.length === 2) {
      closeCompare(walk);
    }
    return;
  }
  const before = parts[at - 1];
  const next = parts[at + 1];
  if (
    before?.kind === "link" &&
    (subject?.at === at - 1 || tableOnly(before.candidates).length > 0) &&
    next?.kind !== "compare" &&
    !ranks(next)
  ) {
    const mention = subject?.at === at - 1 ? subject.mention : frame.tables.at(-1);
    waiting.subject = undefined;
    frame.filters.push({
      kind: "compare",
      mention,
      op: "=",
      values: [value],
      unitMs,
      fn: undefined,
    });
    return;
  }
  waiting.number = { value, unitMs };
}

/** A comparison has its numbers: give it to the mention before it, or let the next mention claim it. */
function closeCompare(walk: Walk): void {
  const { waiting, frame, parts, at } = walk;
  const { subject, compare } = waiting;
  const next = parts[at + 1];
  const free =
    next?.kind === "link" &&
    (numericOnly(next.candidates, walk.index).length > 0 || tableOnly(next.candidates).length > 0);
  if (compare !== undefined && (subject !== undefined || !free)) {
    frame.filters.push({
      kind: "compare",
      mention: subject?.mention,
      op: compare.op,
      values: compare.values,
      unitMs: compare.unitMs,
      fn: subject?.fn,
    });
    waiting.compare = undefined;
    waiting.subject = undefined;
  }
}

function placeQuoted(walk: Walk, value: string): void {
  const { frame, waiting } = walk;
  const before = waiting.subject?.at === walk.at - 1 ? waiting.subject.mention : undefined;
  const column =
    before ??
    (frame.selects.length > 0 && walk.parts[walk.at - 1]?.kind === "link"
      ? frame.selects.pop()
      : undefined);
  frame.filters.push({ kind: "text", mention: column, value, negated: waiting.not });
  waiting.subject = undefined;
  waiting.not = false;
}

function placePeriod(walk: Walk, part: Part & { readonly kind: "period" }): void {
  const { frame, waiting } = walk;
  const last = frame.filters.at(-1);
  if (last?.kind === "absent" && last.period === undefined) {
    frame.filters.pop();
    frame.filters.push({ ...last, period: part.period });
    return;
  }
  const subject = waiting.subject?.at === walk.at - 1 ? waiting.subject.mention : undefined;
  const before = walk.parts[walk.at - 1];
  const table =
    before?.kind === "link" && frame.tables.length > 1 && tableOnly(before.candidates).length > 0
      ? frame.tables.at(-1)
      : undefined;
  frame.filters.push({ kind: "period", mention: subject ?? table, period: part.period });
  waiting.subject = undefined;
}

function placeMissing(walk: Walk, negated: boolean): void {
  const { frame, waiting } = walk;
  waiting.not = false;
  const subject = waiting.subject?.mention;
  if (subject === undefined) {
    waiting.missing = { negated };
  } else {
    frame.filters.push({ kind: "null", mention: subject, negated });
    waiting.subject = undefined;
  }
}

function placeUnit(walk: Walk, part: Part & { readonly kind: "unit" }): void {
  const { frame, waiting, parts, at } = walk;
  const grouped =
    waiting.group || waiting.which || (frame.groups.length > 0 && parts[at - 1]?.kind === "and");
  if (grouped) {
    frame.groups.push({ grain: part.grain });
    waiting.group = false;
    waiting.which = false;
  } else {
    frame.problem = `nothing in the source corresponds to “${part.text}”`;
  }
}
