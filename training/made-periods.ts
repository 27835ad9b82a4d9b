/** Made questions about when: rows and figures of a period, by grain, of two periods, the latest. */
import type { Term } from "../shared/ask/network/program.ts";
import { grains, type ProgramGrain } from "../shared/ask/network/vocabulary.ts";
import {
  counted,
  deed,
  during,
  filter,
  finish,
  measure,
  shown,
  singular,
  type Template,
  value,
  where,
  words,
} from "./making.ts";
import type { Choices } from "./random.ts";

export const countPeriod: Template = (making, subject) => {
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

export const listPeriod: Template = (making, subject) => {
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

export const perGrain: Template = (making, subject) => {
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

export const busiest: Template = (making, subject) => {
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

export const figurePeriod: Template = (making, subject) => {
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

export const versus: Template = (making, subject) => {
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

export const latest: Template = (making, subject) => {
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
