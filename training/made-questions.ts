/**
 * Questions made from templates over any schema, for what the public sets do not ask: periods, grains, shares, ratios,
 * the best within each group, comparisons of two periods, what is missing. Each comes with its program.
 */
import { defaultTime } from "../shared/ask/column-kinds.ts";
import type { GraphTable, SchemaGraph } from "../shared/ask/network/graph.ts";
import type { Condition, Item, Program, Term } from "../shared/ask/network/program.ts";
import { grains, type ProgramGrain } from "../shared/ask/network/vocabulary.ts";
import { stem } from "../shared/ask/stem.ts";
import type { Choices } from "./random.ts";

export interface MadeQuestion {
  readonly question: string;
  /** Its values are positions in `values`. */
  readonly program: Program;
  readonly values: readonly MadeValue[];
}

/** A text or number as the question says it, or the n-th period of the question. */
export type MadeValue = { readonly text: string } | { readonly period: number };

interface Subject {
  readonly at: number;
  readonly table: GraphTable;
  readonly plural: string;
  readonly numbers: readonly number[];
  readonly times: readonly number[];
  /** The moment its rows are about. */
  readonly time: number | undefined;
  readonly categories: readonly number[];
  readonly label: number | undefined;
  readonly key: number | undefined;
}

/** What a template is made with. */
interface Making {
  readonly graph: SchemaGraph;
  readonly choices: Choices;
  readonly values: MadeValue[];
  periods: number;
}

type Template = (making: Making, subject: Subject) => MadeQuestion | undefined;

const base: Program = {
  tables: [],
  distinct: false,
  select: [],
  where: [],
  group: [],
  having: [],
  order: [],
  descending: false,
};

export function makeQuestion(graph: SchemaGraph, choices: Choices): MadeQuestion | undefined {
  const subject = subjectOf(graph, choices.below(graph.tables.length));
  const template = choices.of(templates);
  return template({ graph, choices, values: [], periods: 0 }, subject);
}

function subjectOf(graph: SchemaGraph, at: number): Subject {
  const table = graph.tables[at] as GraphTable;
  const own = table.columns.map((column) => ({ column, node: graph.columns[column] }));
  const pick = (test: (node: NonNullable<(typeof own)[number]["node"]>) => boolean): number[] =>
    own.flatMap(({ column, node }) => (node !== undefined && test(node) ? [column] : []));
  const measures = pick(
    (node) =>
      node.kind === "number" &&
      !node.primaryKey &&
      !node.foreignKey &&
      !["id", "code", "number", "phone", "zip"].includes(node.words.at(-1) ?? ""),
  );
  return {
    at,
    table,
    plural: plural(table.words.join(" ")),
    numbers: measures,
    times: pick((node) => node.kind === "time"),
    time: table.columns[defaultTime(table.info, at)?.column.column ?? -1],
    categories: pick((node) => node.kind === "text" && (node.info.values?.length ?? 0) > 1),
    label: pick(
      (node) => node.kind === "text" && /name|title|label|company/.test(node.info.name),
    )[0],
    key: pick((node) => node.primaryKey)[0],
  };
}

function plural(words: string): string {
  if (/(s|staff)$/.test(words)) {
    return words;
  }
  return /[^aeiou]y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}s`;
}

function singular({ words: own }: GraphTable): string {
  return own.map((word, at) => (at === own.length - 1 ? stem(word) : word)).join(" ");
}

function words({ graph, choices }: Making, column: number): string {
  const node = graph.columns[column];
  const own = [...(node?.words ?? [])].filter((word) => !["usd", "ms"].includes(word));
  const bare = own.length > 1 && choices.chance(0.3) ? own.filter((word) => word !== "total") : own;
  return bare.join(" ");
}

/** `shipped_at` → `shipped`; a moment that is no deed has none. */
function deed({ graph }: Making, column: number): string | undefined {
  const own = graph.columns[column]?.words ?? [];
  const last = own.at(-1) ?? "";
  const verb = ["at", "on", "date", "time"].includes(last) ? own.slice(0, -1) : [];
  const said = verb.join(" ");
  return /(ed|en|nt|ft|un|rn|ld|up|held)$/.test(said) ? said : undefined;
}

const monthNames =
  "January February March April May June July August September October November December".split(
    " ",
  );

function periodText({ choices }: Making): string {
  const count = String(choices.of([2, 3, 4, 5, 6, 7, 10, 14, 30, 60, 90]));
  const year = String(2019 + choices.below(8));
  const unit = choices.say("day", "week", "month");
  return choices.say(
    "today",
    "yesterday",
    "this week",
    "last week",
    "this month",
    "last month",
    "this year",
    "last year",
    "this quarter",
    "last quarter",
    `in the last ${count} ${unit}s`,
    `over the past ${count} days`,
    `in the past ${count} ${unit}s`,
    `last ${count} ${unit}s`,
    `in ${choices.of(monthNames)}`,
    `in ${choices.of(monthNames)} ${year}`,
    `in ${year}`,
    `during ${year}`,
    `since ${choices.of(monthNames)}`,
    `since ${year}-0${1 + choices.below(9)}-1${choices.below(10)}`,
    `on ${year}-1${choices.below(3)}-0${1 + choices.below(9)}`,
    `in the last month`,
    `in the past year`,
    `in the last 24 hours`,
    `previous month`,
    `so far this month`,
  );
}

function value(making: Making, one: MadeValue): number {
  making.values.push(one);
  return making.values.length - 1;
}

/** Adds a period to the question; a moment that is not named is the one the rows are about. */
function during(
  making: Making,
  subject: Subject,
): { readonly said: string; readonly column: number; readonly condition: Condition } {
  const text = periodText(making);
  making.periods += 1;
  const at = value(making, { period: making.periods - 1 });
  const chosen = making.choices.of(subject.times);
  const verb = deed(making, chosen);
  const named = verb !== undefined && making.choices.chance(0.6);
  const column = named ? chosen : (subject.time ?? chosen);
  return {
    said: named ? `${verb} ${text}` : text,
    column,
    condition: { term: { column }, operator: "period", operand: { kind: "values", values: [at] } },
  };
}

function where(...conditions: readonly Condition[]): Program["where"] {
  return conditions.map((condition) => ({ joiner: "and", condition }));
}

function shown(...terms: readonly Term[]): readonly Item[] {
  return terms.map((term) => ({ kind: "term", term }));
}

const counted: Term = { aggregate: "count", column: "*" };

function finish(making: Making, question: string, program: Partial<Program>): MadeQuestion {
  const { choices, values } = making;
  const text = question.replace(/\s+/g, " ").trim();
  const first = choices.chance(0.7) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  const end = /^(how|what|which|who)/i.test(first)
    ? choices.say("?", "?", "")
    : choices.say(".", "", "");
  return { question: `${first}${end}`, program: { ...base, ...program }, values };
}

/** A column of few values and one of them, as the question would say it. */
function filter(
  making: Making,
  subject: Subject,
): { readonly said: string; readonly column: string; readonly condition: Condition } | undefined {
  const { choices, graph } = making;
  if (subject.categories.length === 0) {
    return undefined;
  }
  const column = choices.of(subject.categories);
  const text = choices.of(graph.columns[column]?.info.values ?? [""]);
  if (text.length > 25 || /["']/.test(text)) {
    return undefined;
  }
  const at = value(making, { text });
  return {
    said: text,
    column: words(making, column),
    condition: { term: { column }, operator: "=", operand: { kind: "values", values: [at] } },
  };
}

function measure(making: Making, column: number): { readonly said: string; readonly term: Term } {
  const { choices } = making;
  const said = words(making, column);
  const aggregate = choices.of(["sum", "sum", "avg", "max", "min"] as const);
  const forms = {
    sum: choices.say(`total ${said}`, `sum of ${said}`, `overall ${said}`, said),
    avg: choices.say(`average ${said}`, `mean ${said}`, `avg ${said}`),
    max: choices.say(`highest ${said}`, `maximum ${said}`, `largest ${said}`),
    min: choices.say(`lowest ${said}`, `minimum ${said}`, `smallest ${said}`),
  };
  return { said: forms[aggregate], term: { aggregate, column } };
}

const countPeriod: Template = (making, subject) => {
  if (subject.times.length === 0) return undefined;
  const { choices } = making;
  const { said, condition } = during(making, subject);
  const extra = choices.chance(0.4) ? filter(making, subject) : undefined;
  const what = extra === undefined ? subject.plural : `${extra.said} ${subject.plural}`;
  const text = choices.say(
    `how many ${what} were ${said}`,
    `how many ${what} ${said}`,
    `number of ${what} ${said}`,
    `count of ${what} ${said}`,
    `how many ${what} did we have ${said}`,
    `count the ${what} ${said}`,
  );
  return finish(making, text, {
    tables: [subject.at],
    select: shown(counted),
    where: where(...(extra === undefined ? [] : [extra.condition]), condition),
  });
};

const listPeriod: Template = (making, subject) => {
  if (subject.times.length === 0) return undefined;
  const { choices } = making;
  const { said, condition } = during(making, subject);
  const extra = choices.chance(0.5) ? filter(making, subject) : undefined;
  const what = extra === undefined ? subject.plural : `${extra.said} ${subject.plural}`;
  const text = choices.say(
    `show ${what} ${said}`,
    `list all ${what} ${said}`,
    `${what} ${said}`,
    `which ${what} were ${said}`,
    `show me the ${what} ${said}`,
  );
  return finish(making, text, {
    tables: [subject.at],
    select: shown({ column: "*" }),
    where: where(...(extra === undefined ? [] : [extra.condition]), condition),
  });
};

function grainText(choices: Choices, grain: ProgramGrain, what: string): string {
  const adverb = {
    day: "daily",
    week: "weekly",
    month: "monthly",
    quarter: "quarterly",
    year: "yearly",
  }[grain];
  return choices.say(
    `${what} per ${grain}`,
    `${what} by ${grain}`,
    `${what} each ${grain}`,
    `${adverb} ${what}`,
    `${what} for every ${grain}`,
    `what is the ${what} per ${grain}`,
  );
}

const perGrain: Template = (making, subject) => {
  if (subject.times.length === 0) return undefined;
  const { choices } = making;
  const grain = choices.of(grains);
  const counts = subject.numbers.length === 0 || choices.chance(0.5);
  const figure = counts
    ? {
        said: choices.say(`number of ${subject.plural}`, subject.plural, `${subject.plural} count`),
        term: counted,
      }
    : measure(making, choices.of(subject.numbers));
  const limited = choices.chance(0.4) ? during(making, subject) : undefined;
  const column = limited?.column ?? subject.time ?? choices.of(subject.times);
  const extra = choices.chance(0.2) ? filter(making, subject) : undefined;
  const suffix = extra === undefined ? "" : ` where ${extra.column} is ${extra.said}`;
  const text = `${grainText(choices, grain, figure.said)} ${limited?.said ?? ""}${suffix}`;
  const term: Term = { grain, column };
  const category =
    choices.chance(0.15) && subject.categories.length > 0
      ? choices.of(subject.categories)
      : undefined;
  const by = category === undefined ? [] : [{ column: category }];
  return finish(making, category === undefined ? text : `${text} and ${words(making, category)}`, {
    tables: [subject.at],
    select: shown(term, ...by, figure.term),
    where: where(
      ...(limited === undefined ? [] : [limited.condition]),
      ...(extra === undefined ? [] : [extra.condition]),
    ),
    group: [term, ...by],
  });
};

const busiest: Template = (making, subject) => {
  if (subject.times.length === 0) return undefined;
  const { choices } = making;
  const column = subject.time ?? choices.of(subject.times);
  const grain = choices.of(grains);
  const least = choices.chance(0.25);
  const text = least
    ? `which ${grain} had the fewest ${subject.plural}`
    : choices.say(
        `which ${grain} had the most ${subject.plural}`,
        `busiest ${grain} for ${subject.plural}`,
        `in which ${grain} were the most ${subject.plural} ${deed(making, column) ?? "recorded"}`,
      );
  const at = value(making, { text: "1" });
  return finish(making, text, {
    tables: [subject.at],
    select: shown({ grain, column }, counted),
    group: [{ grain, column }],
    order: [counted],
    descending: !least,
    limit: at,
  });
};

const figurePeriod: Template = (making, subject) => {
  if (subject.times.length === 0 || subject.numbers.length === 0) return undefined;
  const { choices } = making;
  const figure = measure(making, choices.of(subject.numbers));
  const { said, condition } = during(making, subject);
  const category =
    choices.chance(0.5) && subject.categories.length > 0
      ? choices.of(subject.categories)
      : undefined;
  const by =
    category === undefined
      ? ""
      : choices.say(
          ` by ${words(making, category)}`,
          ` per ${words(making, category)}`,
          ` for each ${words(making, category)}`,
        );
  const of = choices.say("", "", ` of ${subject.plural}`);
  const terms = category === undefined ? [] : [{ column: category }];
  return finish(
    making,
    choices.say(
      `what was the ${figure.said}${of}${by} ${said}`,
      `${figure.said}${of}${by} ${said}`,
      `${said} ${figure.said}${of}${by}`,
    ),
    {
      tables: [subject.at],
      select: shown(...terms, figure.term),
      where: where(condition),
      group: terms,
    },
  );
};

const shareWhere: Template = (making, subject) => {
  const { choices } = making;
  const extra = filter(making, subject);
  if (extra === undefined) return undefined;
  const limited =
    choices.chance(0.4) && subject.times.length > 0 ? during(making, subject) : undefined;
  const others = subject.categories.filter((one) => one !== extra.condition.term.column);
  const category = choices.chance(0.3) && others.length > 0 ? choices.of(others) : undefined;
  const by =
    category === undefined
      ? ""
      : choices.say(` by ${words(making, category)}`, ` for each ${words(making, category)}`);
  const share = choices.say("percentage", "share", "percent", "proportion", "fraction");
  const text = choices.say(
    `what ${share} of ${subject.plural} are ${extra.said}`,
    `${share} of ${subject.plural} that are ${extra.said}`,
    `${share} of ${extra.said} ${subject.plural}`,
    `what ${share} of ${subject.plural} have ${extra.column} ${extra.said}`,
    `${extra.said} rate of ${subject.plural}`,
  );
  const terms = category === undefined ? [] : [{ column: category }];
  return finish(making, `${text}${by} ${limited?.said ?? ""}`, {
    tables: [subject.at],
    select: [...shown(...terms), { kind: "share_where", condition: extra.condition }],
    where: where(...(limited === undefined ? [] : [limited.condition])),
    group: terms,
  });
};

const shareOfTotal: Template = (making, subject) => {
  const { choices } = making;
  if (subject.categories.length === 0) return undefined;
  const category = choices.of(subject.categories);
  const name = words(making, category);
  const share = choices.say("percentage", "share", "percent", "proportion");
  const number =
    choices.chance(0.5) && subject.numbers.length > 0 ? choices.of(subject.numbers) : undefined;
  const what =
    number === undefined
      ? subject.plural
      : choices.say(`total ${words(making, number)}`, words(making, number));
  const text = choices.say(
    `${share} of ${what} by ${name}`,
    `what ${share} of ${what} does each ${name} have`,
    `what ${share} of ${what} comes from each ${name}`,
    `${name} ${share} of ${what}`,
  );
  const term: Term = number === undefined ? { column: "*" } : { aggregate: "sum", column: number };
  return finish(making, text, {
    tables: [subject.at],
    select: [...shown({ column: category }), { kind: "share_of_total", term }],
    group: [{ column: category }],
  });
};

const ratio: Template = (making, subject) => {
  const { choices, graph } = making;
  if (subject.numbers.length === 0) return undefined;
  const number = choices.of(subject.numbers);
  const keys = graph.keys.filter((one) => one.child === subject.at);
  const key = keys[choices.below(keys.length + 1)];
  const other = key === undefined ? undefined : graph.tables[key.parent];
  const single = singular(other ?? subject.table);
  const under: Term =
    key === undefined ? counted : { aggregate: "countd", column: key.links[0]?.[0] ?? number };
  const said = words(making, number);
  const limited =
    choices.chance(0.4) && subject.times.length > 0 ? during(making, subject) : undefined;
  return finish(
    making,
    `${choices.say(`${said} per ${single}`, `how much ${said} per ${single}`, `ratio of total ${said} to number of ${plural(single)}`)} ${limited?.said ?? ""}`,
    {
      tables: [subject.at],
      select: [{ kind: "ratio", over: { aggregate: "sum", column: number }, under }],
      where: where(...(limited === undefined ? [] : [limited.condition])),
    },
  );
};

const bestPerGroup: Template = (making, subject) => {
  const { choices } = making;
  const others = subject.categories.filter((one) => one !== subject.label);
  if (subject.numbers.length === 0 || subject.label === undefined || others.length === 0)
    return undefined;
  const number = choices.of(subject.numbers);
  const category = choices.of(others);
  const count = 1 + choices.below(5);
  const least = choices.chance(0.25);
  const said = count === 1 && choices.chance(0.5) ? "" : `${count} `;
  const text = choices.say(
    `${least ? "bottom" : "top"} ${said}${subject.plural} by ${words(making, number)} in each ${words(making, category)}`,
    `for each ${words(making, category)}, the ${said}${subject.plural} with the ${least ? "lowest" : "highest"} ${words(making, number)}`,
    `${said}${subject.plural} with the ${least ? "lowest" : "highest"} ${words(making, number)} per ${words(making, category)}`,
  );
  const at = value(making, { text: String(count) });
  return finish(making, text, {
    tables: [subject.at],
    select: shown({ column: category }, { column: subject.label }, { column: number }),
    order: [{ column: number }],
    descending: !least,
    limit: at,
    per: category,
  });
};

const versus: Template = (making, subject) => {
  if (subject.times.length === 0) return undefined;
  const { choices } = making;
  const column = subject.time ?? choices.of(subject.times);
  const counts = subject.numbers.length === 0 || choices.chance(0.4);
  const figure = counts
    ? { said: choices.say(`number of ${subject.plural}`, subject.plural), term: counted }
    : measure(making, choices.of(subject.numbers));
  const [now = "", before = ""] = choices
    .say(
      "this month|last month",
      "last week|this week",
      "this year|last year",
      "this quarter|last quarter",
      "today|yesterday",
      "last month|this month",
    )
    .split("|");
  const joiner = choices.say("compared with", "compared to", "versus", "vs", "against");
  const category =
    choices.chance(0.25) && subject.categories.length > 0
      ? choices.of(subject.categories)
      : undefined;
  const terms = category === undefined ? [] : [{ column: category }];
  const by = category === undefined ? "" : ` by ${words(making, category)}`;
  const values = [value(making, { period: 0 }), value(making, { period: 1 })];
  return finish(
    making,
    `${choices.say("", "compare ", "how do ")}${figure.said}${by} ${now} ${joiner} ${before}`,
    {
      tables: [subject.at],
      select: shown(...terms, figure.term),
      where: where({ term: { column }, operator: "versus", operand: { kind: "values", values } }),
      group: terms,
    },
  );
};

const missing: Template = (making, subject) => {
  const { choices, graph } = making;
  const nullable = subject.table.columns.filter((one) => {
    const node = graph.columns[one];
    return node !== undefined && !node.primaryKey && !node.foreignKey && node.info.nullable;
  });
  if (nullable.length === 0) return undefined;
  const column = choices.of(nullable);
  const said = words(making, column);
  const verb = deed(making, column);
  const known = choices.chance(0.25);
  const text = known
    ? choices.say(`${subject.plural} with a known ${said}`, `${subject.plural} that have a ${said}`)
    : verb !== undefined
      ? choices.say(
          `${subject.plural} not yet ${verb}`,
          `${subject.plural} that were never ${verb}`,
          `${subject.plural} that have not been ${verb}`,
          `${subject.plural} still not ${verb}`,
        )
      : choices.say(
          `${subject.plural} without a ${said}`,
          `${subject.plural} with no ${said}`,
          `${subject.plural} missing a ${said}`,
          `${subject.plural} whose ${said} is missing`,
          `${subject.plural} where ${said} is empty`,
        );
  const counts = choices.chance(0.5);
  return finish(
    making,
    counts
      ? choices.say(`how many ${text}`, `number of ${text}`)
      : choices.say(`list ${text}`, `show ${text}`, text, `which ${text}`),
    {
      tables: [subject.at],
      select: shown(counts ? counted : { column: "*" }),
      where: where({
        term: { column },
        operator: known ? "notnull" : "isnull",
        operand: { kind: "values", values: [] },
      }),
    },
  );
};

const childless: Template = (making, subject) => {
  const { choices, graph } = making;
  const keys = graph.keys.filter(
    (one) => one.parent === subject.at && one.child !== subject.at && one.links.length === 1,
  );
  if (keys.length === 0) return undefined;
  const key = choices.of(keys);
  const child = subjectOf(graph, key.child);
  const [from, to] = key.links[0] ?? [0, 0];
  const limited = choices.chance(0.4) && child.times.length > 0 ? during(making, child) : undefined;
  const text = `${subject.plural} ${choices.say("without", "with no", "that have no", "that never had any", "lacking")} ${child.plural} ${limited?.said ?? ""}`;
  const counts = choices.chance(0.4);
  const inner: Program = {
    ...base,
    tables: [key.child],
    select: shown({ column: from }),
    where: where(...(limited === undefined ? [] : [limited.condition])),
  };
  const label: Term = { column: subject.label ?? to };
  return finish(
    making,
    counts ? `how many ${text}` : choices.say(`which ${text}`, `list ${text}`, text),
    {
      tables: [subject.at],
      select: shown(counts ? counted : label),
      where: where({
        term: { column: to },
        operator: "notin",
        operand: { kind: "query", query: inner },
      }),
    },
  );
};

const countBoth: Template = (making, subject) => {
  const first = filter(making, subject);
  const second = filter(making, subject);
  if (first === undefined || second === undefined || first.said === second.said) return undefined;
  if (first.condition.term.column !== second.condition.term.column) return undefined;
  const text = making.choices.say(
    `how many ${subject.plural} are ${first.said} and how many are ${second.said}`,
    `number of ${first.said} and ${second.said} ${subject.plural} side by side`,
    `count ${first.said} ${subject.plural} and ${second.said} ${subject.plural}`,
  );
  return finish(making, text, {
    tables: [subject.at],
    select: [
      { kind: "count_where", condition: first.condition },
      { kind: "count_where", condition: second.condition },
    ],
  });
};

const latest: Template = (making, subject) => {
  if (subject.times.length === 0) return undefined;
  const { choices } = making;
  const chosen = choices.of(subject.times);
  const named = deed(making, chosen) !== undefined && choices.chance(0.4);
  const column = named ? chosen : (subject.time ?? chosen);
  const count = 1 + choices.below(20);
  const oldest = choices.chance(0.3);
  const verb = deed(making, column);
  const adjective = oldest
    ? choices.say("oldest", "earliest", "first")
    : choices.say("latest", "most recent", "newest", "last");
  const one = count === 1;
  const what = one ? singular(subject.table) : subject.plural;
  const at = value(making, { text: String(count) });
  const text = `${choices.say("show ", "", "list ", "what are ")}the ${one ? "" : choices.say(`${count} `, "")}${adjective} ${one || /\d/.test(adjective) ? "" : ""}${what}`;
  const said =
    one || text.includes(String(count)) ? text : text.replace(adjective, `${count} ${adjective}`);
  return finish(making, `${said}${named ? ` ${verb}` : ""}`, {
    tables: [subject.at],
    select: shown({ column: "*" }),
    order: [{ column }],
    descending: !oldest,
    limit: at,
  });
};

/** The parent with the most of the child's figure. */
const bestParent: Template = (making, subject) => {
  const { choices, graph } = making;
  const keys = graph.keys.filter((one) => one.child === subject.at && one.parent !== subject.at);
  if (keys.length === 0) return undefined;
  const parent = subjectOf(graph, choices.of(keys).parent);
  const labels = [parent.label, ...parent.categories].filter((one) => one !== undefined);
  const shownBy = labels[choices.below(labels.length)];
  if (shownBy === undefined) return undefined;
  const isLabel = shownBy === parent.label;
  const name = isLabel
    ? singular(parent.table)
    : `${singular(parent.table)} ${words(making, shownBy)}`;
  const counts = subject.numbers.length === 0 || choices.chance(0.5);
  const figure = counts
    ? { said: `number of ${subject.plural}`, term: counted }
    : measure(making, choices.of(subject.numbers));
  const limited =
    choices.chance(0.5) && subject.times.length > 0 ? during(making, subject) : undefined;
  const least = choices.chance(0.2);
  const count = 1 + choices.below(10);
  const term: Term = { column: shownBy };
  const tables = [subject.at, parent.at].sort((left, right) => left - right);
  const shared = {
    tables,
    where: where(...(limited === undefined ? [] : [limited.condition])),
    group: [term],
  };
  if (choices.chance(0.4)) {
    return finish(
      making,
      `${choices.say(`${figure.said} by ${name}`, `${figure.said} per ${name}`, `${figure.said} for each ${name}`)} ${limited?.said ?? ""}`,
      { ...shared, select: shown(term, figure.term) },
    );
  }
  const at = value(making, { text: String(count) });
  const text =
    count === 1
      ? counts
        ? choices.say(
            `which ${name} has the ${least ? "fewest" : "most"} ${subject.plural}`,
            `which ${name} had the ${least ? "lowest" : "highest"} ${figure.said}`,
          )
        : `which ${name} has the ${least ? "lowest" : "highest"} ${figure.said}`
      : `${least ? "bottom" : "top"} ${count} ${plural(name)} by ${figure.said}`;
  return finish(making, `${text} ${limited?.said ?? ""}`, {
    ...shared,
    select: count === 1 ? shown(term) : shown(term, figure.term),
    order: [figure.term],
    descending: !least,
    limit: at,
  });
};

const moreThan: Template = (making, subject) => {
  const { choices, graph } = making;
  const keys = graph.keys.filter((one) => one.parent === subject.at && one.child !== subject.at);
  if (keys.length === 0 || subject.label === undefined) return undefined;
  const child = subjectOf(graph, choices.of(keys).child);
  const count = 1 + choices.below(30);
  const [said, operator] = choices.of([
    ["more than", ">"],
    ["at least", ">="],
    ["fewer than", "<"],
    ["over", ">"],
    ["exactly", "="],
  ] as const);
  const limited = choices.chance(0.4) && child.times.length > 0 ? during(making, child) : undefined;
  const at = value(making, { text: String(count) });
  return finish(
    making,
    `${choices.say("which", "list", "show", "")} ${subject.plural} ${choices.say("with", "that have", "having")} ${said} ${count} ${child.plural} ${limited?.said ?? ""}`,
    {
      tables: [subject.at, child.at].sort((left, right) => left - right),
      select: shown({ column: subject.label }),
      where: where(...(limited === undefined ? [] : [limited.condition])),
      group: [{ column: subject.label }],
      having: [
        {
          joiner: "and",
          condition: { term: counted, operator, operand: { kind: "values", values: [at] } },
        },
      ],
    },
  );
};

const templates: readonly Template[] = [
  countPeriod,
  countPeriod,
  listPeriod,
  perGrain,
  perGrain,
  perGrain,
  busiest,
  figurePeriod,
  figurePeriod,
  shareWhere,
  shareWhere,
  shareOfTotal,
  ratio,
  bestPerGroup,
  versus,
  missing,
  missing,
  childless,
  countBoth,
  latest,
  bestParent,
  bestParent,
  bestParent,
  moreThan,
];
