/**
 * From the data to the files the product ships, in one command:
 * `npm run train:ask -- --spider DIR --synonyms FILE --moby FILE --work DIR [--wordnet DIR] [--python python3] [--workers 2]
 * [--short] [--rehearse]`.
 * Takes some hours; a rehearsal, which shows that every step runs, some twenty minutes. Every step can be run by itself; they are in the order given here.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeNearWords } from "./near-words.ts";
import { writeThesaurus } from "./thesaurus.ts";

const ASSETS = "shared/ask/network/assets";
const GOLDEN = "tests/support/network/golden.json";
const GOLDEN_LINES = 12;
const LEARNT = "learnt-made.jsonl";
/** So many of the made questions are learnt from. */
const MADE = 3_000;

const { values: args } = parseArgs({
  options: {
    spider: { type: "string" },
    synonyms: { type: "string" },
    /** The Moby thesaurus: `words.txt` of the npm package `moby`. */
    moby: { type: "string" },
    work: { type: "string" },
    wordnet: { type: "string", default: "/usr/share/wordnet" },
    python: { type: "string", default: "python3" },
    /** Cores to train on. */
    workers: { type: "string", default: "1" },
    /** Products in bfloat16, where the processor has it. */
    short: { type: "boolean", default: false },
    /** One epoch in the place of many. */
    rehearse: { type: "boolean", default: false },
  },
});

const { spider = "", synonyms = "", moby = "", work = "", wordnet, python, workers } = args;
const inWork = (name: string): string => join(work, name);
const weights = (name: string): string => inWork(`${name}.pt`);
const data = inWork("data");
const training = ["--workers", workers, ...(args.short ? ["--short"] : [])];

async function main(): Promise<void> {
  await mkdir(work, { recursive: true });
  await writeThesaurus(wordnet, join(ASSETS, "thesaurus.txt"));
  await writeNearWords(moby, wordnet, join(ASSETS, "near-words.txt"));
  await prepare("--out", data);
  await chooseMade();
  await learn("train", "network", ...epochs(40));
  await speak("first-speaker", ...epochs(16));
  await ship("first-speaker");
  await prepare("--out", data, "--rivals", ASSETS);
  const goOn = ["--start", weights("first-speaker"), "--rivals", data];
  await speak("speaker", ...epochs(20), "--rate", "7e-4", ...goOn);
  await ship("speaker");
  await fitAndEvaluate();
}

function epochs(count: number): readonly string[] {
  return ["--epochs", String(args.rehearse ? 1 : count)];
}

const prepare = (...more: readonly string[]): Promise<void> =>
  node("prepare", "--spider", spider, "--synonyms", synonyms, ...more);

/** Some are learnt from, and some of the others are for the golden vectors. */
async function chooseMade(): Promise<void> {
  const made = (await readFile(join(data, "made.jsonl"), "utf8")).split("\n").slice(0, -1);
  await writeLines(inWork(LEARNT), made.slice(0, MADE));
  // Only questions over schemas of our own: the test that reads the golden vectors has no others.
  const own = made.slice(MADE).filter((line) => line.startsWith('{"database":"made_'));
  await writeLines(inWork("golden.jsonl"), own.slice(0, GOLDEN_LINES));
}

/** From the public questions and all that were made beside them. @param name Of the file of weights. */
function learn(step: string, name: string, ...more: readonly string[]): Promise<void> {
  const beside = ["--extra", inWork(LEARNT), "--pool", join(data, "transferred.jsonl")];
  return python3(step, "--data", data, ...beside, ...training, "--out", weights(name), ...more);
}

function speak(name: string, ...more: readonly string[]): Promise<void> {
  return learn("train_speaker", name, "--network", weights("network"), ...more);
}

async function ship(speaker: string): Promise<void> {
  const both = ["--model", weights("network"), "--speaker", weights(speaker), "--data", data];
  const golden = ["--examples", inWork("golden.jsonl"), "--golden", GOLDEN];
  await python3("export", ...both, "--out", work, ...golden);
  for (const name of ["network.bin", "network.json"]) {
    await copyFile(inWork(name), join(ASSETS, name));
  }
}

async function fitAndEvaluate(): Promise<void> {
  const collected = ["--collected", inWork("collected.jsonl")];
  const questions = ["--spider", spider, "--synonyms", synonyms];
  await node("collect", ...questions, "--network", ASSETS, "--out", inWork("collected.jsonl"));
  await node("fit", ...collected, "--out", join(ASSETS, "ranking.json"));
  await node("cross-fit", ...collected);
  const report = ["--report", inWork("spider-dev.json")];
  await node("../eval/spider", "--spider", spider, ...report);
  await node("note-figures", ...report);
}

const node = (step: string, ...given: readonly string[]): Promise<void> =>
  run(process.execPath, [`training/${step}.ts`, ...given]);

const python3 = (step: string, ...given: readonly string[]): Promise<void> =>
  run(python, [`training/${step}.py`, ...given]);

function writeLines(file: string, lines: readonly string[]): Promise<void> {
  return writeFile(file, `${lines.join("\n")}\n`);
}

/** @throws Error where the command fails; what it prints is passed on. */
function run(command: string, given: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, given, {
      stdio: "inherit",
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${given[0]} ended with ${code}`));
    });
  });
}

await main();
