// covers: ASK-07
/** The TypeScript run time gives the scores that the training code gave for the same questions and weights. */

import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { tell } from "../../shared/ask/network/speaker.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import { askedAt } from "../support/asked-at.ts";
import { decoderSteps } from "../support/network/decoder-steps.ts";

interface Golden {
  readonly database: string;
  readonly question: string;
  readonly target: readonly number[];
  readonly steps: readonly number[];
  readonly scores: readonly (readonly number[])[];
  /** By word of the question, and its end. */
  readonly told: readonly number[];
}

/** The moment the training code took for now. */
const NOW = Date.UTC(2026, 0, 15);

const { network, weights } = await openNetwork(readAsset);
const golden = JSON.parse(
  await readFile(new URL("../support/network/golden.json", import.meta.url), "utf8"),
) as readonly Golden[];

describe("the question network computes what its training code computes", () => {
  it.each(golden)("$question", ({ database, question, target, steps, scores }) => {
    const schema = madeSchemas().get(database);
    if (schema === undefined) throw new Error(`no schema ${database}`);
    const { features } = network.read(question, schema, askedAt(NOW));
    const all = decoderSteps(weights, features, target);
    steps.forEach((step, at) => {
      const own = [...(all[step] ?? [])];
      expect(own.length).toBe(scores[at]?.length);
      const worst = Math.max(
        ...own.map((score, token) => Math.abs(score - (scores[at]?.[token] ?? 0))),
      );
      expect(worst).toBeLessThan(2e-3);
    });
  });

  it.each(golden)("backwards: $question", ({ database, question, target, told }) => {
    const schema = madeSchemas().get(database);
    if (schema === undefined) throw new Error(`no schema ${database}`);
    const { features } = network.read(question, schema, askedAt(NOW));
    const own = tell(weights, features, target) ?? [];
    expect(own.length).toBe(told.length);
    expect(Math.max(...own.map((one, at) => Math.abs(one - (told[at] ?? 0))))).toBeLessThan(2e-3);
  });

  it("holds several questions", () => {
    expect(golden.length).toBeGreaterThanOrEqual(8);
  });
});
