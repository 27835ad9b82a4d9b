/** The network's own files, as the product reads them. */
import { readFile } from "node:fs/promises";
import {
  createQuestionNetwork,
  type QuestionNetwork,
} from "../../../shared/ask/network/question-network.ts";
import { readThesaurus } from "../../../shared/ask/network/thesaurus.ts";
import { type Manifest, readWeights, type Weights } from "../../../shared/ask/network/weights.ts";

const folder = new URL("../../../shared/ask/network/assets/", import.meta.url);

export async function readManifest(): Promise<{
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}> {
  const manifest = JSON.parse(await readFile(new URL("network.json", folder), "utf8")) as Manifest;
  return { manifest, bytes: await readFile(new URL("network.bin", folder)) };
}

export async function readAssets(): Promise<{
  readonly network: QuestionNetwork;
  readonly weights: Weights;
}> {
  const { manifest, bytes } = await readManifest();
  const weights = readWeights(manifest, bytes);
  const thesaurus = readThesaurus(await readFile(new URL("thesaurus.txt", folder), "utf8"));
  return { weights, network: createQuestionNetwork(weights, thesaurus) };
}
