/** What verified examples like the question suggest: their SQL as programs over this question's values. */
import type { Adapted } from "../adapt-sql.ts";
import { restateExample } from "../answer-by-example.ts";
import type { AskedInput, VerifiedExample } from "../ports.ts";
import { isRestricting } from "../question-words.ts";
import { type RetrievedExample, retrieveExamples } from "../retrieve-examples.ts";
import { indexSchema } from "../schema-index.ts";
import { namesOnlyKnownTables } from "../sql-tables.ts";
import { normaliseText, tokenise } from "../tokens.ts";
import { readCandidates, type ValueCandidate } from "./candidates.ts";
import { type ParsedSelect, type SelectReader, Unsupported } from "./parsed-sql.ts";
import type { Program } from "./program.ts";
import type { QuestionReading } from "./question-network.ts";
import { heldAt, type ValuePlace } from "./sql-terms.ts";
import { programOf, type ReadOptions, type ReadSql } from "./sql-to-program.ts";
import { usesOfSql } from "./sql-uses.ts";
import type { ExampleStatement, ProgramSuggestion, StatementSuggestion } from "./suggestion.ts";
import { withoutImpliedGroups } from "./tidy-program.ts";
import { usesOf } from "./uses.ts";

const NEAREST = 10;
const MOST = 6;
const MOST_STATEMENTS = 3;
/** An example that is less likely to ask the same has nothing to do with it. */
const LEAST_LIKENESS = 0.15;

/** At most six, the most like first. Nothing is thrown for an example that cannot be read: it suggests nothing. */
export function suggestFromExamples(
  reading: QuestionReading,
  input: AskedInput,
  readSql: SelectReader,
): readonly ProgramSuggestion[] {
  const found = new Map<string, ProgramSuggestion>();
  for (const near of nearestExamples(reading, input)) {
    const program = programFor(near, reading, readSql);
    const key = JSON.stringify(program);
    if (
      program !== undefined &&
      !found.has(key) &&
      !isUncertain(program, reading, input.schema.tables)
    ) {
      found.set(key, { program, origin: "example", worth: near.likeness });
    }
  }
  return [...found.values()].slice(0, MOST);
}

/** Of the nearest three, those that no program says: their own SQL, where it holds for the question's values. */
export function suggestStatements(
  reading: QuestionReading,
  input: AskedInput,
  readSql: SelectReader,
): readonly StatementSuggestion[] {
  const found = new Map<string, StatementSuggestion>();
  const near = nearestExamples(reading, input).slice(0, MOST_STATEMENTS).filter(asksForNoOtherRows);
  for (const one of near) {
    const statement =
      programFor(one, reading, readSql) === undefined &&
      namesOnlyKnownTables(one.example.sql, input.schema)
        ? statementFor(one, reading, input, readSql)
        : undefined;
    const key = JSON.stringify([statement?.sql, statement?.params]);
    if (statement !== undefined && !found.has(key)) {
      found.set(key, { statement, origin: "example", worth: one.likeness });
    }
  }
  return [...found.values()];
}

/** SQL as it stands cannot take in what the new question says besides, nor leave out what it does not say. */
function asksForNoOtherRows({ unpaired }: RetrievedExample): boolean {
  return unpaired.every((unit) => unit.kind === "word" && !isRestricting(unit));
}

function nearestExamples(
  { graph }: QuestionReading,
  { question, schema, semantics, examples, now, rejected = [] }: AskedInput,
): readonly RetrievedExample[] {
  if (examples.length === 0 || graph.tables.length === 0) {
    return [];
  }
  const index = indexSchema(schema, semantics);
  return retrieveExamples(normaliseText(question), examples, index, NEAREST, now).filter(
    ({ example, adapted, likeness }) =>
      likeness >= LEAST_LIKENESS &&
      !rejected.includes(example.sql) &&
      !rejected.includes(adapted?.sql ?? ""),
  );
}

/** The adapted SQL, or the example's own, where each of its values is the question's or one that goes without saying. */
function statementFor(
  near: RetrievedExample,
  reading: QuestionReading,
  { now }: AskedInput,
  readSql: SelectReader,
): ExampleStatement | undefined {
  const { example, adapted } = near;
  const { graph, candidates } = reading;
  const own: Adapted | undefined =
    example.slots.length === 0 ? { sql: example.sql, params: [] } : undefined;
  const known = readCandidates(tokenise(normaliseText(example.question)), graph, now);
  for (const statement of [adapted ?? undefined, own]) {
    const select = statement && parsed(example, statement.sql, readSql);
    if (statement === undefined || select === undefined) {
      continue;
    }
    const { uses, values } = usesOfSql(select, { graph, candidates, params: statement.params });
    // A number or a date that no candidate holds may be said in other words: only adapted SQL is sure of it.
    const isSaid = (value: string): boolean =>
      heldAt(value, known) !== undefined || (statement === own && /\d\d/.test(value));
    const isLost = (value: string): boolean =>
      heldAt(value, candidates) === undefined && isSaid(value);
    if (!values.some(isLost)) {
      const valueMapping = statement === own ? [] : near.valueMapping;
      return { ...statement, uses, restatement: restateExample({ ...near, valueMapping }) };
    }
  }
  return undefined;
}

function programFor(
  { example, adapted }: RetrievedExample,
  reading: QuestionReading,
  readSql: SelectReader,
): Program | undefined {
  const own = example.slots.length === 0 ? { sql: example.sql, params: [] } : undefined;
  for (const statement of [adapted ?? undefined, own]) {
    const select = statement && parsed(example, statement.sql, readSql);
    const program = select && held(select, reading, statement.params);
    if (program !== undefined) {
      return withoutImpliedGroups(program);
    }
  }
  return undefined;
}

const memory = new WeakMap<VerifiedExample, Map<string, ParsedSelect | undefined>>();

/** Adapted SQL differs by which literals became parameters, not by their values: there are few forms of one example. */
function parsed(
  example: VerifiedExample,
  sql: string,
  readSql: SelectReader,
): ParsedSelect | undefined {
  const known = memory.get(example) ?? new Map<string, ParsedSelect | undefined>();
  memory.set(example, known);
  if (!known.has(sql)) {
    known.set(sql, readSql(sql));
  }
  return known.get(sql);
}

/** The program, where the question holds all its values, or others of their kind in their place. */
function held(
  select: ParsedSelect,
  reading: QuestionReading,
  params: readonly unknown[],
): Program | undefined {
  const exact = read(select, reading, { params });
  if (exact === undefined || exact.missing.length === 0) {
    return exact?.program;
  }
  const last = reading.candidates.length - 1;
  const taken = new Set(usesOf(exact.program).values.filter((value) => value !== last));
  const filled = read(select, reading, {
    params,
    standIn: (text, place) => {
      const at = reading.candidates.findIndex(
        (one, value) => !taken.has(value) && isOfKind(one, text, place, reading),
      );
      taken.add(at);
      return at < 0 ? undefined : at;
    },
  });
  return filled?.missing.length === 0 ? filled.program : undefined;
}

function read(
  select: ParsedSelect,
  { graph, candidates }: QuestionReading,
  options: ReadOptions,
): ReadSql | undefined {
  try {
    return programOf(select, graph, candidates, options);
  } catch (error) {
    if (error instanceof Unsupported) {
      return undefined;
    }
    throw error;
  }
}

/** Whether the candidate may stand where the example's SQL has this value. */
function isOfKind(
  { kind, stored }: ValueCandidate,
  text: string,
  place: ValuePlace,
  { graph }: QuestionReading,
): boolean {
  const column = typeof place === "number" ? graph.columns[place] : undefined;
  if (typeof place === "number" && stored.has(place)) {
    return true;
  }
  return column?.kind === "text"
    ? kind === "text" && stored.size === 0
    : kind === "number" && !Number.isNaN(Number(text));
}

/** In a part of a large schema a name may mean another table than in the whole of it. */
function isUncertain(
  program: Program,
  { graph }: QuestionReading,
  tables: AskedInput["schema"]["tables"],
): boolean {
  return (
    graph.tables.length < tables.length &&
    [...usesOf(program).tables].some((at) => {
      const name = graph.tables[at]?.info.name.toLowerCase();
      return tables.filter((one) => one.name.toLowerCase() === name).length > 1;
    })
  );
}
