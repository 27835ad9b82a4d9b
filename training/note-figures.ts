/** Writes what the evaluation measured into the manifest of the weights it measured. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const MANIFEST = "shared/ask/network/assets/network.json";

const { values } = parseArgs({ options: { report: { type: "string" }, demo: { type: "string" } } });
const manifest = JSON.parse(await readFile(MANIFEST, "utf8")) as Record<string, unknown>;
const figures: Record<string, unknown> = {};
for (const [name, file] of [
  ["spider_dev", values.report],
  ["demo", values.demo],
] as const) {
  if (file !== undefined) {
    const report = JSON.parse(await readFile(file, "utf8")) as {
      readonly summary: Record<string, unknown>;
    };
    figures[name] = report.summary.answerable;
  }
}
const data = [
  "Spider, train part (CC BY-SA 4.0), as databases of cloudera/spiderman",
  "Spider-Syn, train part (MIT)",
  "questions of our own templates (training/made-questions.ts)",
  "WordNet 3.0 (thesaurus.txt)",
  "Moby Thesaurus II, public domain (near-words.txt)",
];
await writeFile(MANIFEST, JSON.stringify({ ...manifest, data, figures }));
