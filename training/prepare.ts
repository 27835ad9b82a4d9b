/**
 * Turns labelled questions into what the network learns from, with the very code that reads questions in production.
 * `node training/prepare.ts --spider DIR --synonyms FILE --out DIR [--rivals DIR]`
 */

import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadDateReader } from "../shared/adapters/chrono/date-reader.ts";
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import { openThesaurus } from "../shared/adapters/question-network/load-network.ts";
import { readCandidates, type ValueCandidate } from "../shared/ask/network/candidates.ts";
import { featuresOf } from "../shared/ask/network/features.ts";
import { startProgram } from "../shared/ask/network/grammar.ts";
import type { SchemaGraph } from "../shared/ask/network/graph.ts";
import { graphOf } from "../shared/ask/network/graph.ts";
import { linkNames } from "../shared/ask/network/link-names.ts";
import { Unsupported } from "../shared/ask/network/parsed-sql.ts";
import { writeProgram } from "../shared/ask/network/program.ts";
import { programOf } from "../shared/ask/network/sql-to-program.ts";
import type { Thesaurus } from "../shared/ask/network/thesaurus.ts";
import { tokenOf } from "../shared/ask/network/vocabulary.ts";
import { wishesOf } from "../shared/ask/network/wishes.ts";
import { valueKey } from "../shared/ask/network/words.ts";
import type { Now } from "../shared/ask/ports.ts";
import { normaliseText, tokenise } from "../shared/ask/tokens.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";
import { readSchema } from "./databases.ts";
import { makeQuestion } from "./made-questions.ts";
import { madeSchemas } from "./made-schemas.ts";
import type { MadeQuestion, MadeValue } from "./making.ts";
import { databasesIn, isKeptBack, type Labelled, readSpider, readSynonyms } from "./questions.ts";
import { Choices } from "./random.ts";
import { type Contested, openRivals, writeRivals } from "./rivals.ts";
import { type Pattern, patternOf, transfer } from "./transferred.ts";

/** Relative dates in the data mean nothing; any moment does. */
const NOW: Now = { at: Date.UTC(2026, 0, 15), dates: await loadDateReader() };
const RARE = 3;
const LONGEST_QUESTION = 60;
const LONGEST_PROGRAM = 62;

interface Prepared extends Omit<Contested, "begin"> {
  readonly labelled: Labelled;
  /** How it can be put to another database. */
  readonly pattern?: Pattern | undefined;
}

const { values: args } = parseArgs({
  options: {
    spider: { type: "string" },
    synonyms: { type: "string" },
    out: { type: "string" },
    /** Words of weights to go on from: they keep their places, and new ones follow. */
    vocabulary: { type: "string" },
    /** Where `thesaurus.txt` and `near-words.txt` are. */
    thesaurus: { type: "string", default: "shared/ask/network/assets" },
    /** Of a network that was trained on what was prepared: only what it takes for likely beside the targets is written. */
    rivals: { type: "string" },
  },
});

async function main(spider: string, synonyms: string, out: string): Promise<void> {
  const thesaurus = await openThesaurus((name) => readFile(join(args.thesaurus, name)));
  const databases = new Map<string, SourceSchema>();
  for (const name of await readdir(databasesIn(spider))) {
    databases.set(name, await readSchema(databasesIn(spider), name));
  }
  const train = await readSpider(join(spider, "train_queries.csv"));
  const dev = await readSpider(join(spider, "test_queries.csv"));
  const all = [...train, ...(await readSynonyms(synonyms, train))];
  await mkdir(out, { recursive: true });
  const learned = await prepareAll(all, databases, thesaurus);
  const asked = {
    train: learned.filter((one) => !isKeptBack(one.labelled.database)),
    kept: learned.filter((one) => isKeptBack(one.labelled.database)),
  };
  if (args.rivals !== undefined) {
    const rivals = await openRivals(args.rivals);
    for (const [name, set] of Object.entries(asked)) {
      await writeRivals(join(out, `${name}-rivals.jsonl`), set, rivals);
    }
    return;
  }
  const patterns = learned.flatMap(({ pattern, labelled }) =>
    pattern === undefined || isKeptBack(labelled.database) ? [] : [pattern],
  );
  const allowed = new Set(train.map((one) => one.database).filter((name) => !isKeptBack(name)));
  const given = [...databases].filter(([name]) => allowed.has(name));
  process.stdout.write(`patterns: ${patterns.length}\n`);
  const sets = {
    ...asked,
    made: prepareMade(MADE, given, thesaurus, makeQuestion),
    transferred: prepareMade(TRANSFERRED, given, thesaurus, (graph, choices) =>
      transfer(choices.of(patterns), graph, choices),
    ),
    dev: await prepareAll(dev, databases, thesaurus),
  };
  const known = args.vocabulary === undefined ? [] : await readWords(args.vocabulary);
  const more = vocabularyOf([...sets.train, ...sets.made, ...sets.transferred]);
  const vocabulary = [...new Set([...known, ...more])];
  await writeFile(join(out, "vocabulary.txt"), `${vocabulary.join("\n")}\n`);
  const position = new Map(vocabulary.map((word, at) => [word, at + 2]));
  for (const [name, set] of Object.entries(sets)) {
    await writeSet(join(out, `${name}.jsonl`), set, position);
    process.stdout.write(`${name}: ${set.length} questions\n`);
  }
  process.stdout.write(`vocabulary: ${vocabulary.length} words\n`);
}

async function prepareAll(
  labelled: readonly Labelled[],
  databases: ReadonlyMap<string, SourceSchema>,
  thesaurus: Thesaurus,
): Promise<readonly (Prepared & Contested)[]> {
  const parser = await createLibpgParser();
  const prepared: (Prepared & Contested)[] = [];
  for (const one of labelled) {
    const schema = databases.get(one.database);
    const parsed = parser.parse(one.sql.replaceAll("`", '"'));
    if (schema === undefined || parsed.kind !== "parsed") {
      continue;
    }
    const graph = graphOf(schema);
    const tokens = tokenise(normaliseText(one.question)).slice(0, LONGEST_QUESTION);
    const candidates = readCandidates(tokens, graph, NOW);
    const statement = parsed.statements[0] as { readonly SelectStmt: Record<string, unknown> };
    try {
      const { program, missing } = programOf(statement.SelectStmt, graph, candidates, {
        joins: "any",
      });
      const links = linkNames(tokens, graph, thesaurus);
      const features = featuresOf({ tokens, graph, candidates, links });
      const target = writeProgram(program).map((step) => tokenOf(step, features));
      if (missing.length === 0 && target.length <= LONGEST_PROGRAM) {
        const pattern =
          one.origin === "spider"
            ? patternOf({ tokens, graph, program, candidates }, links)
            : undefined;
        const begin = () => startProgram(graph, candidates, wishesOf(tokens, candidates));
        prepared.push({ features, target, begin, labelled: one, pattern });
      }
    } catch (error) {
      if (!(error instanceof Unsupported)) {
        throw error;
      }
    }
  }
  return prepared;
}

async function readWords(file: string): Promise<readonly string[]> {
  return (await readFile(file, "utf8")).split("\n").slice(0, -1);
}

const MADE = 6_000;
const TRANSFERRED = 40_000;
const SEED = 20_260_101;
/** Of those made: over schemas of our own, which are about business; the rest over the public ones. */
const OWN_SHARE = 0.5;

type Databases = readonly (readonly [name: string, schema: SourceSchema])[];

/** @param given Public schemas that questions may be made for, beside those of our own. */
function prepareMade(
  count: number,
  given: Databases,
  thesaurus: Thesaurus,
  make: (graph: SchemaGraph, choices: Choices) => MadeQuestion | undefined,
): readonly Prepared[] {
  const choices = new Choices(SEED);
  const own = [...madeSchemas()];
  const prepared: Prepared[] = [];
  while (prepared.length < count) {
    const [database, schema] = choices.of(choices.chance(OWN_SHARE) ? own : given);
    const graph = graphOf(schema);
    const made = make(graph, choices);
    const one = made === undefined ? undefined : prepareOne(database, graph, made, thesaurus);
    if (one !== undefined) {
      prepared.push(one);
    }
  }
  return prepared;
}

/** Undefined for a question that does not hold its values as they were meant. */
function prepareOne(
  database: string,
  graph: SchemaGraph,
  { question, program, values }: MadeQuestion,
  thesaurus: Thesaurus,
): Prepared | undefined {
  const tokens = tokenise(normaliseText(question));
  const candidates = readCandidates(tokens, graph, NOW);
  const places = values.map((value) => placeOf(value, candidates));
  if (tokens.length > LONGEST_QUESTION || places.includes(-1)) {
    return undefined;
  }
  const links = linkNames(tokens, graph, thesaurus);
  const features = featuresOf({ tokens, graph, candidates, links });
  const target = writeProgram(program).map((step) =>
    tokenOf(step.kind === "value" ? { ...step, at: places[step.at] ?? 0 } : step, features),
  );
  const labelled: Labelled = { database, question, sql: "", origin: "made" };
  return target.length > LONGEST_PROGRAM ? undefined : { features, target, labelled };
}

function placeOf(value: MadeValue, candidates: readonly ValueCandidate[]): number {
  if ("period" in value) {
    const periods = candidates.flatMap((one, at) => (one.kind === "period" ? [at] : []));
    return periods[value.period] ?? -1;
  }
  const key = valueKey(value.text);
  const said = candidates.findIndex((one) => one.kind !== "period" && valueKey(one.text) === key);
  return said;
}

function vocabularyOf(set: readonly Prepared[]): readonly string[] {
  const counts = new Map<string, number>();
  const databases = new Set<string>();
  for (const { features, labelled } of set) {
    const first = !databases.has(labelled.database);
    databases.add(labelled.database);
    const counted = features.words.slice(
      0,
      first ? features.questions + features.columns + features.tables : features.questions,
    );
    for (const { form } of counted.flat()) {
      counts.set(form, (counts.get(form) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= RARE)
    .sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1))
    .map(([word]) => word);
}

async function writeSet(
  file: string,
  set: readonly Prepared[],
  position: ReadonlyMap<string, number>,
): Promise<void> {
  const stream = createWriteStream(file);
  for (const { features, target, labelled } of set) {
    const { questions, columns, tables, values, words, relations, flags } = features;
    const line = JSON.stringify({
      database: labelled.database,
      origin: labelled.origin,
      question: labelled.origin === "made" ? labelled.question : undefined,
      counts: [questions, columns, tables, values],
      words: words.map((item) => item.map((word) => position.get(word.form) ?? 1)),
      grams: words.map((item) => item.map((word) => word.grams)),
      relations: Buffer.from(relations).toString("base64"),
      flags: Buffer.from(flags.buffer).toString("base64"),
      target,
    });
    if (!stream.write(`${line}\n`)) {
      await new Promise<void>((resolve) => stream.once("drain", resolve));
    }
  }
  await new Promise<void>((resolve) => stream.end(resolve));
}

if (import.meta.main) {
  await main(args.spider ?? "", args.synonyms ?? "", args.out ?? "");
}
