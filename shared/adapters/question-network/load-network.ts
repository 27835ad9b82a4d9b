/** Reads the network's files, which lie beside the bundle and, where nothing is bundled, in the network's own folder. */
import { readFile } from "node:fs/promises";
import { createQuestionNetwork, type QuestionNetwork } from "../../ask/network/question-network.ts";
import type { FittedWeights } from "../../ask/network/rank.ts";
import { readThesaurus } from "../../ask/network/thesaurus.ts";
import { type Manifest, readWeights } from "../../ask/network/weights.ts";

export interface LoadedNetwork {
  readonly network: QuestionNetwork;
  readonly fitted: FittedWeights;
}

let loading: Promise<LoadedNetwork> | undefined;

/** Once for the process. @throws Error where a file is missing or does not fit the others. */
export function loadNetwork(): Promise<LoadedNetwork> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<LoadedNetwork> {
  const [manifest, bytes, thesaurus, fitted] = await Promise.all([
    readAsset("network.json"),
    readAsset("network.bin"),
    readAsset("thesaurus.txt"),
    readAsset("ranking.json"),
  ]);
  const weights = readWeights(JSON.parse(manifest.toString("utf8")) as Manifest, bytes);
  return {
    network: createQuestionNetwork(weights, readThesaurus(thesaurus.toString("utf8"))),
    fitted: JSON.parse(fitted.toString("utf8")) as FittedWeights,
  };
}

async function readAsset(name: string): Promise<Buffer> {
  const besideBundle = new URL(`../network/${name}`, import.meta.url);
  const inSource = new URL(`../../ask/network/assets/${name}`, import.meta.url);
  return readFile(besideBundle).catch(() => readFile(inSource));
}
