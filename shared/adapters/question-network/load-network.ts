/** Reads the network's files, which lie beside the bundle and, where nothing is bundled, in the network's own folder. */
import { readFile } from "node:fs/promises";
import type { NetworkDeps } from "../../ask/network/decide.ts";
import { createQuestionNetwork, type QuestionNetwork } from "../../ask/network/question-network.ts";
import type { FittedWeights } from "../../ask/network/rank.ts";
import { readThesaurus, type Thesaurus } from "../../ask/network/thesaurus.ts";
import { type Manifest, readWeights, type Weights } from "../../ask/network/weights.ts";
import { once } from "../../kernel/once.ts";

/** What lies in files of its own. */
export type LoadedNetwork = Pick<NetworkDeps, "network" | "fitted">;

type ReadFile = (name: string) => Promise<Buffer>;

/** Once for the process. @throws Error where a file is missing or does not fit the others. */
export const loadNetwork: () => Promise<LoadedNetwork> = once(load);

async function load(): Promise<LoadedNetwork> {
  const [{ network }, fitted] = await Promise.all([
    openNetwork(readAsset),
    readAsset("ranking.json"),
  ]);
  return { network, fitted: JSON.parse(String(fitted)) as FittedWeights };
}

/** The network alone, from wherever its files are: before anything is fitted to what it proposes. */
export async function openNetwork(
  read: ReadFile,
): Promise<{ readonly network: QuestionNetwork; readonly weights: Weights }> {
  const [weights, thesaurus] = await Promise.all([openWeights(read), openThesaurus(read)]);
  return { weights, network: createQuestionNetwork(weights, thesaurus) };
}

export async function openWeights(read: ReadFile): Promise<Weights> {
  const [manifest, bytes] = await Promise.all([read("network.json"), read("network.bin")]);
  return readWeights(JSON.parse(String(manifest)) as Manifest, bytes);
}

export async function openThesaurus(read: ReadFile): Promise<Thesaurus> {
  const [groups, near] = await Promise.all([read("thesaurus.txt"), read("near-words.txt")]);
  return readThesaurus(String(groups), String(near));
}

export async function readAsset(name: string): Promise<Buffer> {
  const besideBundle = new URL(`../network/${name}`, import.meta.url);
  const inSource = new URL(`../../ask/network/assets/${name}`, import.meta.url);
  return readFile(besideBundle).catch(() => readFile(inSource));
}
