/** What verified examples like the question suggest: their SQL as programs over this question's values. */
import type { AskedInput, VerifiedExample } from "../ports.ts";
import { type RetrievedExample, retrieveExamples } from "../retrieve-examples.ts";
import { indexSchema } from "../schema-index.ts";
import { normaliseText } from "../tokens.ts";
import type { ValueCandidate } from "./candidates.ts";
import { type ParsedSelect, type SelectReader, Unsupported } from "./parsed-sql.ts";
import type { Program } from "./program.ts";
import type { QuestionReading } from "./question-network.ts";
import type { ValuePlace } from "./sql-terms.ts";
import { programOf, type ReadOptions, type ReadSql } from "./sql-to-program.ts";
import type { Suggestion } from "./suggestion.ts";
import { withoutImpliedGroups } from "./tidy-program.ts";
import { usesOf } from "./uses.ts";

const NEAREST = 10;
const MOST = 6;
/** Questions less alike than this have nothing to say to each other. */
const LEAST_WORTH = 0.2;

/** At most six, the most like first. Nothing is thrown for an example that cannot be read: it suggests nothing. */
export function suggestFromExamples(
  reading: QuestionReading,
  { question, schema, semantics, examples, now, rejected = [] }: AskedInput,
  readSql: SelectReader,
): readonly Suggestion[] {
  if (examples.length === 0 || reading.graph.tables.length === 0) {
    return [];
  }
  const index = indexSchema(schema, semantics);
  const found = new Map<string, Suggestion>();
  for (const near of retrieveExamples(normaliseText(question), examples, index, NEAREST, now)) {
    const { example, adapted, similarity } = near;
    const wrong = rejected.includes(example.sql) || rejected.includes(adapted?.sql ?? "");
    const program =
      similarity < LEAST_WORTH || wrong ? undefined : programFor(near, reading, readSql);
    const key = JSON.stringify(program);
    if (program !== undefined && !found.has(key) && !isUncertain(program, reading, schema.tables)) {
      found.set(key, { program, origin: "example", worth: similarity });
    }
  }
  return [...found.values()].slice(0, MOST);
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
