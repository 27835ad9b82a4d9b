/** What a question leaves to custom: which moment is meant, and that who asks "which team" or "who" wants names. */
import { labelColumn } from "../column-kinds.ts";
import type { Token } from "../tokens.ts";
import type { GraphTable, SchemaGraph } from "./graph.ts";
import { tieDirection } from "./implied-terms.ts";
import type { Condition, Item, Joined, Program, Term } from "./program.ts";
import { subjectOf } from "./program-subject.ts";
import type { QuestionReading } from "./question-network.ts";
import { match, relation } from "./relations.ts";
import { vocabularyForm } from "./words.ts";

/**
 * Which rows are meant changes only where a moment that nobody named gives way to the default one. That a group has a
 * row at least is not counted: each is shown once.
 */
export function asAsked(program: Program, reading: QuestionReading): Program {
  return withoutLeastCount(named(atDefaultTimes(program, reading), reading), reading);
}

/** `regions with at least one customer`, of regions alone; who share a name are grouped by their keys, and stay so. */
function withoutLeastCount(program: Program, { candidates }: QuestionReading): Program {
  const { select, group, having, order } = program;
  const always = ({ condition: { term, operator, operand } }: Joined): boolean => {
    const least = operator === ">=" ? "1" : operator === ">" ? "0" : undefined;
    const value = operand.kind === "values" ? candidates[operand.values[0] ?? -1] : undefined;
    return term.aggregate === "count" && term.column === "*" && value?.text === least;
  };
  const shown = select.map((item) => (item.kind === "term" ? JSON.stringify(item.term) : ""));
  const isShown = (term: Term): boolean => shown.includes(JSON.stringify(term));
  const grouped = group.map((term) => JSON.stringify(term));
  const same = [...group, ...order].every(isShown) && shown.every((one) => grouped.includes(one));
  return same && having.length > 0 && having.every(always) && program.per === undefined
    ? { ...program, distinct: true, group: [], having: [] }
    : program;
}

/** In place of a moment that the question does not name, the one that the semantic model gives its table. */
function atDefaultTimes(program: Program, reading: QuestionReading): Program {
  const at = (term: Term): Term => {
    const usual = term.column === "*" ? undefined : defaultInstead(term.column, reading);
    return usual === undefined ? term : { ...term, column: usual };
  };
  const inCondition = (condition: Condition): Condition =>
    condition.operator === "period" || condition.operator === "versus"
      ? { ...condition, term: at(condition.term) }
      : condition;
  const grained = (term: Term): Term => (term.grain === undefined ? term : at(term));
  const inAll = (all: readonly Joined[]): readonly Joined[] =>
    all.map((one) => ({ ...one, condition: inCondition(one.condition) }));
  const inItem = (item: Item): Item =>
    item.kind === "term" ? { ...item, term: grained(item.term) } : item;
  return {
    ...program,
    select: program.select.map(inItem),
    where: inAll(program.where),
    group: program.group.map(grained),
    order: program.order.map(grained),
  };
}

function defaultInstead(column: number, reading: QuestionReading): number | undefined {
  const { graph } = reading;
  const node = graph.columns[column];
  const table = graph.tables[node?.table ?? -1];
  const usual = table?.columns.find(
    (at) => graph.columns[at]?.info.name === table.info.defaultTimeColumn,
  );
  return usual === undefined || usual === column || isNamed(column, reading) ? undefined : usual;
}

/** By a word of its name or a synonym; a word of its comment names nothing. */
function isNamed(column: number, { features, tokens }: QuestionReading): boolean {
  const width = features.words.length;
  return tokens.some((_, token) => {
    const kind = features.relations[token * width + features.questions + column] ?? 0;
    const strength = kind - relation.questionColumn;
    return strength >= match.synonym && strength <= match.whole;
  });
}

/** `which teams` and `who` ask for names, where the program would show whole rows or the keys of them. */
function named(program: Program, reading: QuestionReading): Program {
  const { graph, tokens } = reading;
  const [item, ...more] = program.select;
  const plain = program.set === undefined && program.per === undefined;
  if (item?.kind !== "term" || item.term.aggregate !== undefined || more.length > 0 || !plain) {
    return program;
  }
  const { column } = item.term;
  if (column === "*") {
    const subject = graph.tables[subjectOf(program, graph) ?? -1];
    const label = subject === undefined ? undefined : labelOf(subject, graph);
    return label !== undefined && asksForNames(tokens, subject)
      ? { ...program, select: [{ kind: "term", term: { column: label } }] }
      : program;
  }
  return namedByKey(program, column, reading);
}

/** `who reported most` shows whom the key refers to. */
function namedByKey(program: Program, column: number, { graph, tokens }: QuestionReading): Program {
  const key = graph.keys.find((one) => one.links.length === 1 && one.links[0]?.[0] === column);
  const parent = graph.tables[key?.parent ?? -1];
  const label = parent === undefined ? undefined : labelOf(parent, graph);
  const grouped = program.group.every((term) => term.column === column);
  if (key === undefined || label === undefined || !grouped) {
    return program;
  }
  const joined = program.tables.includes(key.parent);
  return joined || !asksForNames(tokens, parent)
    ? program
    : {
        ...program,
        tables: [...program.tables, key.parent].sort((left, right) => left - right),
        select: [{ kind: "term", term: { column: label } }],
        group: [{ column }],
        // Who is first of those alike hangs not on whether their names or their keys are shown.
        ties: tieDirection(program),
      };
}

function labelOf(table: GraphTable, graph: SchemaGraph): number | undefined {
  const label = labelColumn(table.info, 0);
  const info = table.info.columns[label?.column ?? -1];
  return table.columns.find((at) => info !== undefined && graph.columns[at]?.info === info);
}

/** Of one, where a share, a rate or a fraction is asked for; of a hundred in all other words. */
export function shareOf(tokens: readonly Token[]): 1 | 100 {
  const says = (words: RegExp): boolean => tokens.some((token) => words.test(token.lower));
  const ofOne = says(/^(shares?|fractions?|proportions?|rates?|ratios?)$/);
  return ofOne && !says(/^(percent(age)?s?|%|pct)$/) ? 1 : 100;
}

function asksForNames(tokens: readonly Token[], table: GraphTable | undefined): boolean {
  const names = [table?.words ?? [], ...(table?.synonyms ?? [])].map((words) =>
    vocabularyForm(words.at(-1) ?? ""),
  );
  const isName = (token: Token | undefined): boolean =>
    token !== undefined && names.includes(vocabularyForm(token.lower));
  if (tokens.some((_, at) => asksForKey(tokens, at, isName))) {
    return false;
  }
  return tokens.some((token, at) => {
    const which = /^(which|what)$/.test(token.lower) && isName(tokens[at + 1]);
    return /^(who|whom)$/.test(token.lower) || which;
  });
}

const LONGEST_WAY = 5;

/** `customer id`, `ids of all the customers`. */
function asksForKey(
  tokens: readonly Token[],
  at: number,
  isName: (token: Token | undefined) => boolean,
): boolean {
  if (!/^(ids?|identifiers?|keys?|codes?|numbers?)$/.test(tokens[at]?.lower ?? "")) {
    return false;
  }
  const behind = /^(of|for)$/.test(tokens[at + 1]?.lower ?? "");
  // `number of customers` is how many.
  const counts = tokens[at]?.lower.startsWith("number") === true;
  return (
    isName(tokens[at - 1]) ||
    (behind && !counts && tokens.slice(at + 2, at + 2 + LONGEST_WAY).some(isName))
  );
}
