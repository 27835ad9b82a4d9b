/** Made questions about two tables, and about what is missing: empty columns, rows without others, the best parent. */
import { emptyProgram, type Program, type Term } from "../shared/ask/network/program.ts";
import {
  counted,
  deed,
  during,
  finish,
  measure,
  plural,
  shown,
  singular,
  subjectOf,
  type Template,
  value,
  where,
  words,
} from "./making.ts";

export const missing: Template = (making, subject) => {
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

export const childless: Template = (making, subject) => {
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
    ...emptyProgram,
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

/** The parent with the most of the child's figure. */
export const bestParent: Template = (making, subject) => {
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

export const moreThan: Template = (making, subject) => {
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
