/**
 * Turns labelled questions into what the network learns from, with the very code that reads questions in production.
 * `node training/prepare.ts --spider DIR --synonyms FILE --out DIR [--vocabulary FILE]`
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import { readCandidates } from "../shared/ask/network/candidates.ts";
import { type Features, featuresOf } from "../shared/ask/network/features.ts";
import { graphOf } from "../shared/ask/network/graph.ts";
import { writeProgram } from "../shared/ask/network/program.ts";
import { readThesaurus, type Thesaurus } from "../shared/ask/network/thesaurus.ts";
import { tokenOf } from "../shared/ask/network/vocabulary.ts";
import { tokenise } from "../shared/ask/tokens.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";
import { readDatabase } from "./databases.ts";
import { databasesIn, type Labelled, readSpider, readSynonyms } from "./questions.ts";
import { programOf, Unsupported } from "./sql-to-program.ts";

/** Relative dates in the data mean nothing; any moment does. */
const NOW = Date.UTC(2026, 0, 15);
const RARE = 3;
/** Every so many of the training databases are kept back for ranking and calibration. */
const KEPT_BACK = 12;
const LONGEST_QUESTION = 60;
const LONGEST_PROGRAM = 62;

interface Prepared {
  readonly features: Features;
  readonly target: readonly number[];
  readonly labelled: Labelled;
}

const { values: args } = parseArgs({
  options: {
    spider: { type: "string" },
    synonyms: { type: "string" },
    out: { type: "string" },
    thesaurus: { type: "string", default: "shared/ask/network/assets/thesaurus.txt" },
  },
});

export function isKeptBack(database: string): boolean {
  return createHash("sha256").update(database).digest().readUInt32BE(0) % KEPT_BACK === 0;
}

async function main(spider: string, synonyms: string, out: string): Promise<void> {
  const thesaurus = readThesaurus(await readFile(args.thesaurus, "utf8"));
  const databases = new Map<string, SourceSchema>();
  for (const name of await readdir(databasesIn(spider))) {
    databases.set(name, await readDatabase(join(databasesIn(spider), name)));
  }
  const train = await readSpider(join(spider, "train_queries.csv"));
  const dev = await readSpider(join(spider, "test_queries.csv"));
  const all = [...train, ...(await readSynonyms(synonyms, train))];
  await mkdir(out, { recursive: true });
  const learned = await prepareAll(all, databases, thesaurus);
  const sets = {
    train: learned.filter((one) => !isKeptBack(one.labelled.database)),
    kept: learned.filter((one) => isKeptBack(one.labelled.database)),
    dev: await prepareAll(dev, databases, thesaurus),
  };
  const vocabulary = vocabularyOf(sets.train);
  await writeFile(join(out, "vocabulary.txt"), `${vocabulary.join("\n")}\n`);
  const position = new Map(vocabulary.map((word, at) => [word, at + 2]));
  for (const [name, set] of Object.entries(sets)) {
    await writeSet(join(out, `${name}.jsonl`), set, position);
    process.stdout.write(`${name}: ${set.length} questions\n`);
  }
  process.stdout.write(`vocabulary: ${vocabulary.length} words\n`);
}

export async function prepareAll(
  labelled: readonly Labelled[],
  databases: ReadonlyMap<string, SourceSchema>,
  thesaurus: Thesaurus,
): Promise<readonly Prepared[]> {
  const parser = await createLibpgParser();
  const prepared: Prepared[] = [];
  for (const one of labelled) {
    const schema = databases.get(one.database);
    const parsed = parser.parse(one.sql.replaceAll("`", '"'));
    if (schema === undefined || parsed.kind !== "parsed") {
      continue;
    }
    const graph = graphOf(schema);
    const tokens = tokenise(one.question).slice(0, LONGEST_QUESTION);
    const candidates = readCandidates(tokens, graph, NOW);
    const statement = parsed.statements[0] as { readonly SelectStmt: Record<string, unknown> };
    try {
      const { program, missing } = programOf(statement.SelectStmt, graph, candidates);
      const features = featuresOf({ tokens, graph, candidates, thesaurus });
      const target = writeProgram(program).map((step) => tokenOf(step, features));
      if (missing.length === 0 && target.length <= LONGEST_PROGRAM) {
        prepared.push({ features, target, labelled: one });
      }
    } catch (error) {
      if (!(error instanceof Unsupported)) {
        throw error;
      }
    }
  }
  return prepared;
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
