/** Made questions about shares of rows and of totals, ratios, counts side by side, and the best of each group. */
import type { Term } from "../shared/ask/network/program.ts";
import {
  counted,
  during,
  filter,
  finish,
  plural,
  shown,
  singular,
  type Template,
  value,
  where,
  words,
} from "./making.ts";

export const shareWhere: Template = (making, subject) => {
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

export const shareOfTotal: Template = (making, subject) => {
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

export const ratio: Template = (making, subject) => {
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

export const bestPerGroup: Template = (making, subject) => {
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

export const countBoth: Template = (making, subject) => {
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
