/** Gives a linked phrase its role: table, filter, group, measure, sort key or selected column. */
import type { MentionId } from "./frame.ts";
import {
  columnOnly,
  flagOnly,
  metricOnly,
  narrow,
  near,
  numericOnly,
  tableOnly,
  timeOnly,
  valueOnly,
} from "./narrow.ts";
import { joinsNextValue, type LinkPart, namesColumn, pushValue } from "./place-value.ts";
import type { Candidate } from "./schema-index.ts";
import { metricOf, ranks, type Walk } from "./walk.ts";

export function placeLink(walk: Walk, part: LinkPart): void {
  const { frame } = walk;
  if (repeatsLast(walk, part)) {
    return;
  }
  frame.mentions.push({ text: part.text, plural: part.plural, candidates: part.candidates });
  const mention = frame.mentions.length - 1;
  const placed =
    placeAwaited(walk, part, mention) ||
    placeRanked(walk, part, mention) ||
    placeGrouped(walk, part, mention) ||
    placeMeasured(walk, part, mention);
  if (!placed) {
    placeFree(walk, part, mention);
  }
}

/** `quantity sold`: a word of the comment on the column just named adds nothing. */
function repeatsLast(walk: Walk, part: LinkPart): boolean {
  const before = walk.parts[walk.at - 1];
  const weak = (part.candidates[0]?.quality ?? 0) < 0.75;
  return (
    weak &&
    before?.kind === "link" &&
    part.candidates.some((one) =>
      before.candidates.some(
        (other) => JSON.stringify(one.target) === JSON.stringify(other.target),
      ),
    )
  );
}

/** Words before it asked for exactly this: `without`, `missing`, a comparison with its number. */
function placeAwaited(walk: Walk, part: LinkPart, mention: MentionId): boolean {
  const { frame, waiting, index } = walk;
  const { candidates } = part;
  const next = walk.parts[walk.at + 1];
  const verb =
    timeOnly(candidates, index).length > 0 &&
    next?.kind === "link" &&
    tableOnly(next.candidates).length > 0;
  if (waiting.without && verb) {
    // `never placed an order`: the table after the verb is what is absent.
    frame.mentions.pop();
    return true;
  }
  if (waiting.without) {
    placeAbsent(walk, candidates, mention);
    return true;
  }
  if (waiting.missing !== undefined && columnOnly(candidates).length > 0) {
    frame.filters.push({
      kind: "null",
      mention: narrow(frame, mention, columnOnly(candidates)),
      negated: waiting.missing.negated,
    });
    waiting.missing = undefined;
    return true;
  }
  if (waiting.compare !== undefined && waiting.compare.values.length > 0) {
    const { op, values, unitMs } = waiting.compare;
    const numeric = numericOnly(candidates, index);
    narrow(
      frame,
      mention,
      near(
        numeric.length > 0 && tableOnly(candidates).length === 0
          ? numeric
          : [...tableOnly(candidates), ...numeric],
        candidates,
      ),
    );
    frame.filters.push({ kind: "compare", mention, op, values, unitMs, fn: waiting.aggregate });
    waiting.compare = undefined;
    waiting.aggregate = undefined;
    return true;
  }
  return false;
}

/** `without orders`, `without email`, `without cancelled orders`. */
function placeAbsent(walk: Walk, candidates: readonly Candidate[], mention: MentionId): void {
  const { frame } = walk;
  walk.waiting.without = false;
  const tables = tableOnly(candidates);
  const columns = columnOnly(near(candidates, candidates));
  if (tables.length > 0) {
    frame.filters.push({
      kind: "absent",
      mention: narrow(frame, mention, tables),
      period: undefined,
    });
  } else if (columns.length > 0) {
    frame.filters.push({
      kind: "null",
      mention: narrow(frame, mention, columns),
      negated: false,
    });
  } else {
    pushValue(walk, mention, candidates, true);
  }
}

/** `most orders`, `highest revenue`, `sorted by price`. */
function placeRanked(walk: Walk, part: LinkPart, mention: MentionId): boolean {
  const { frame, waiting, index } = walk;
  const direction = waiting.rank ?? waiting.sort;
  if (direction === undefined) {
    return false;
  }
  const usable = waiting.metricCount
    ? tableOnly(part.candidates)
    : near(
        [...numericOnly(part.candidates, index), ...tableOnly(part.candidates)],
        part.candidates,
      );
  if (usable.length === 0 && waiting.rank === undefined && columnOnly(part.candidates).length > 0) {
    narrow(frame, mention, columnOnly(part.candidates));
    frame.sorts.push({ metric: { fn: "usual", mention }, descending: direction.descending });
    waiting.sort = undefined;
    return true;
  }
  if (usable.length === 0) {
    // `highest priority tickets`, `most active customers`: the words in between are not a number.
    frame.problem = `“${part.text}” is not a number to rank by`;
    return true;
  }
  const alone =
    frame.tables.length === 0 && frame.which === undefined && frame.selects.length === 0;
  const nextNames = nextLinkIsEntity(walk);
  if (
    waiting.rank !== undefined &&
    alone &&
    !nextNames &&
    metricOnly(usable).length === 0 &&
    numericOnly(usable, index).length > 0 &&
    frame.limit === undefined &&
    frame.groups.length === 0
  ) {
    frame.measures.push({
      fn: direction.descending ? "max" : "min",
      mention: narrow(frame, mention, numericOnly(usable, index)),
    });
  } else {
    frame.sorts.push({ metric: metricOf(walk, mention, usable), descending: direction.descending });
    frame.limit ??= waiting.rank === undefined ? undefined : -1;
    frame.unsorted = undefined;
  }
  waiting.rank = undefined;
  waiting.sort = undefined;
  return true;
}

function nextLinkIsEntity(walk: Walk): boolean {
  const next = walk.parts[walk.at + 1];
  return next?.kind === "link" && tableOnly(next.candidates).length > 0;
}

/** After `by` or `per`, and after `by region and`. */
function placeGrouped(walk: Walk, part: LinkPart, mention: MentionId): boolean {
  const { frame, waiting, index, parts, at } = walk;
  const more =
    frame.groups.length > 0 && parts[at - 1]?.kind === "and" && parts[at - 2]?.kind === "link";
  if (!waiting.group && !more) {
    return false;
  }
  if (part.candidates[0]?.target.kind === "metric") {
    // `customers by revenue`: a metric ranks.
    waiting.group = false;
    narrow(frame, mention, metricOnly(part.candidates));
    frame.sorts.push({ metric: { fn: "usual", mention }, descending: true });
    return true;
  }
  const all = [...tableOnly(part.candidates), ...columnOnly(part.candidates)];
  const kinds = all.filter((one) => !numericOnly([one], index).includes(one) || one.quality > 0.9);
  const usable = near(kinds.length > 0 ? kinds : all, part.candidates);
  waiting.group = false;
  if (usable.length === 0 && isFormOfState(part)) {
    // `jobs by queue` asks for queues: that some jobs are `queued` is no answer.
    frame.problem = `nothing in the source corresponds to “${part.text}”`;
    return true;
  }
  if (usable.length === 0) {
    // `reported by Ada`, `handled by support`: a value after `by` is a filter.
    return false;
  }
  frame.groups.push({ mention: narrow(frame, mention, usable) });
  return true;
}

/** A word that no column has and of which rows are in that state: `queue`, where some are `queued`. */
function isFormOfState({ text, candidates }: LinkPart): boolean {
  const stored = candidates.flatMap(({ target }) =>
    target.kind === "value" ? [target.value] : [],
  );
  const said = text.toLowerCase();
  return (
    stored.length > 0 &&
    !STATE.test(said) &&
    stored.every(
      (value) => STATE.test(value.toLowerCase()) && !said.startsWith(value.toLowerCase()),
    )
  );
}

const STATE = /^\w+(ed|ing)$/;

/** After `average`, `total`, `maximum`. */
function placeMeasured(walk: Walk, part: LinkPart, mention: MentionId): boolean {
  const { frame, waiting, index, parts, at } = walk;
  if (waiting.aggregate === undefined) {
    return false;
  }
  const numeric = near(numericOnly(part.candidates, index), part.candidates);
  if (numeric.length === 0) {
    return false;
  }
  narrow(frame, mention, numeric);
  const next = parts[at + 1]?.kind;
  if (next === "compare" || next === "between") {
    waiting.subject = { mention, at, fn: waiting.aggregate };
  } else {
    const also = waiting.also === undefined ? [] : [{ fn: waiting.also, mention }];
    frame.measures.push(...also, { fn: waiting.aggregate, mention });
    waiting.also = undefined;
  }
  const again =
    parts[at + 1]?.kind === "and" &&
    parts[at + 2]?.kind === "link" &&
    numericOnly(parts[at + 2]?.kind === "link" ? (parts[at + 2] as LinkPart).candidates : [], index)
      .length > 0;
  waiting.aggregate = again ? waiting.aggregate : undefined;
  return true;
}

function placeFree(walk: Walk, part: LinkPart, mention: MentionId): void {
  const { frame, waiting, index, parts, at } = walk;
  const { candidates } = part;
  const next = parts[at + 1];
  const negated = part.negated || waiting.not;
  const metrics = near(metricOnly(candidates), candidates, 0.05);
  if (metrics.length > 0 && !negated) {
    placeMetric(walk, narrow(frame, mention, metrics));
    return;
  }
  const times = near(timeOnly(candidates, index), candidates, 0.05);
  if (negated && times.length > 0) {
    // `not shipped`: its moment has not come, whatever the status says since.
    frame.filters.push({ kind: "null", mention: narrow(frame, mention, times), negated: false });
    waiting.not = false;
    return;
  }
  if (next?.kind === "period" && times.length > 0) {
    waiting.subject = { mention: narrow(frame, mention, times), at, fn: undefined };
    return;
  }
  if (joinsNextValue(walk, candidates, mention)) {
    return;
  }
  const values = namesColumn(walk, part) ? [] : near(valueOnly(candidates), candidates, 0.05);
  const flags = near(flagOnly(candidates, index), candidates, 0.05).filter(
    (one) => one.quality > 0.75,
  );
  const tables = tableOnly(candidates);
  if (
    values.length > 0 &&
    (tables.length === 0 || (values[0]?.quality ?? 0) > (tables[0]?.quality ?? 0))
  ) {
    pushValue(walk, mention, values, negated);
  } else if (flags.length > 0) {
    frame.filters.push({ kind: "flag", mention: narrow(frame, mention, flags), negated });
    waiting.not = false;
  } else if (tables.length > 0) {
    if (
      frame.tables.length > 0 &&
      parts[at - 1]?.kind === "and" &&
      parts[at - 2]?.kind === "link"
    ) {
      frame.problem = "the question asks about two tables at once";
    }
    frame.tables.push(narrow(frame, mention, tables));
    if (frame.part !== undefined) {
      frame.part.from ??= frame.filters.length;
    }
    placeWhich(walk, mention);
  } else {
    placeColumn(walk, part, mention, negated);
  }
}

/** A metric is worked out as it is defined, or compared: `customers with revenue over 1000`. */
function placeMetric(walk: Walk, mention: MentionId): void {
  const { frame, waiting, parts, at } = walk;
  const next = parts[at + 1]?.kind;
  waiting.which = false;
  if (next === "compare" || next === "between") {
    waiting.subject = { mention, at, fn: undefined };
  } else {
    frame.measures.push({ fn: "sum", mention });
  }
}

function placeWhich(walk: Walk, mention: MentionId): void {
  const { frame, waiting } = walk;
  frame.which = waiting.which && frame.which === undefined ? mention : frame.which;
  waiting.which = false;
  if (waiting.number !== undefined) {
    frame.limit = waiting.number.value;
    waiting.number = undefined;
  }
  frame.distinct = frame.distinct || waiting.distinct;
  waiting.distinct = false;
}

function placeColumn(walk: Walk, part: LinkPart, mention: MentionId, negated: boolean): void {
  const { frame, waiting, index, parts, at } = walk;
  const columns = near(columnOnly(part.candidates), part.candidates);
  narrow(frame, mention, columns);
  const next = parts[at + 1]?.kind;
  const numeric = numericOnly(columns, index);
  const times = timeOnly(columns, index);
  if (waiting.number !== undefined && numeric.length > 0) {
    const { value, unitMs } = waiting.number;
    waiting.number = undefined;
    frame.filters.push({
      kind: "compare",
      mention: narrow(frame, mention, numeric),
      op: "=",
      values: [value],
      unitMs,
      fn: undefined,
    });
  } else if (waiting.compare !== undefined && waiting.compare.values.length === 0) {
    frame.problem = "the question compares with something that is not a number";
  } else if (negated) {
    waiting.not = false;
    frame.filters.push({ kind: "null", mention, negated: false });
  } else if (
    next === "compare" ||
    next === "between" ||
    next === "missing" ||
    (next === "number" && parts[at + 2]?.kind !== "compare" && !ranks(parts[at + 2])) ||
    next === "quoted"
  ) {
    waiting.subject = { mention, at, fn: undefined };
  } else if (next === "not" && parts[at + 2]?.kind === "missing") {
    waiting.subject = { mention, at, fn: undefined };
  } else if (
    times.length > 0 &&
    /ed$/i.test(part.text) &&
    (frame.tables.length > 0 || frame.count || nextLinkIsEntity(walk))
  ) {
    // `orders placed by …`: the verb of a moment filters nothing, unless the moment may be missing.
    frame.filters.push({ kind: "null", mention, negated: true });
  } else if (frame.count && frame.tables.length === 0 && frame.countOf === undefined) {
    frame.countOf = mention;
  } else {
    // `orders with discount` may ask to see the discount or to have one.
    frame.vague =
      frame.vague ||
      (frame.tables.length > 0 &&
        frame.selects.length === 0 &&
        !waiting.which &&
        !waiting.distinct);
    frame.selects.push(mention);
    frame.distinct = frame.distinct || waiting.distinct || waiting.which;
    placeWhich(walk, mention);
  }
}
