/**
 * From the data to the files the product ships, in one command:
 * `npm run train:ask -- --spider DIR --synonyms FILE --moby FILE --work DIR [--wordnet DIR] [--python python3] [--workers 2]
 * [--short]`.
 * Takes some hours. Every step can be run by itself; they are in the order given here.
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
  },
});

async function main(): Promise<void> {
  const { spider = "", synonyms = "", moby = "", work = "" } = args;
  const { wordnet, python, workers, short } = args;
  await mkdir(work, { recursive: true });
  const data = join(work, "data");
  await writeThesaurus(wordnet, join(ASSETS, "thesaurus.txt"));
  await writeNearWords(moby, wordnet, join(ASSETS, "near-words.txt"));
  const prepare = [
    "training/prepare.ts",
    "--spider",
    spider,
    "--synonyms",
    synonyms,
    "--out",
    data,
  ];
  await run(process.execPath, prepare);
  const made = (await readFile(join(data, "made.jsonl"), "utf8")).split("\n");
  await writeLines(join(work, "made.jsonl"), made.slice(0, MADE));
  // Only questions over schemas of our own: the test that reads the golden vectors has no others.
  const own = made.slice(MADE).filter((line) => line.startsWith('{"database":"made_'));
  await writeLines(join(work, "golden.jsonl"), own.slice(0, GOLDEN_LINES));
  const pool = join(data, "transferred.jsonl");
  await run(python, [
    ...["training/train.py", "--data", data, "--extra", join(work, "made.jsonl"), "--pool", pool],
    ...["--epochs", "40", "--workers", workers, "--out", join(work, "network.pt")],
    ...(short ? ["--short"] : []),
  ]);
  const speak = (name: string, ...more: readonly string[]): Promise<void> =>
    run(python, [
      ...["training/train_speaker.py", "--data", data, "--network", join(work, "network.pt")],
      ...["--extra", join(work, "made.jsonl"), "--pool", pool, "--workers", workers],
      ...["--out", join(work, `${name}.pt`), ...more],
    ]);
  const ship = async (speaker: string): Promise<void> => {
    await run(python, [
      ...["training/export.py", "--model", join(work, "network.pt"), "--data", data],
      ...["--speaker", join(work, `${speaker}.pt`), "--out", work],
      ...["--examples", join(work, "golden.jsonl"), "--golden", GOLDEN],
    ]);
    for (const name of ["network.bin", "network.json"]) {
      await copyFile(join(work, name), join(ASSETS, name));
    }
  };
  await speak("first-speaker", "--epochs", "16");
  await ship("first-speaker");
  await run(process.execPath, [...prepare, "--rivals", ASSETS]);
  const goOn = ["--start", join(work, "first-speaker.pt"), "--rivals", data];
  await speak("speaker", "--epochs", "20", "--rate", "7e-4", ...goOn);
  await ship("speaker");
  const collected = join(work, "collected.jsonl");
  await run(process.execPath, [
    ...["training/collect.ts", "--spider", spider, "--synonyms", synonyms],
    ...["--network", ASSETS, "--out", collected],
  ]);
  await run(process.execPath, [
    "training/fit.ts",
    "--collected",
    collected,
    "--out",
    join(ASSETS, "ranking.json"),
  ]);
  await run(process.execPath, ["training/cross-fit.ts", "--collected", collected]);
  const report = join(work, "spider-dev.json");
  await run(process.execPath, ["eval/spider.ts", "--spider", spider, "--report", report]);
  await run(process.execPath, ["training/note-figures.ts", "--report", report]);
}

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
