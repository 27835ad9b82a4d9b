/** What a question says outright of its answer, so that the search writes nothing else. */
import { type Asked, isNamed, type SaidOfValue, textOf } from "./asked.ts";
import type { ValueCandidate } from "./candidates.ts";
import { saidOfNumber } from "./said-of-numbers.ts";
import { saidOfText } from "./said-of-texts.ts";

export interface Demands {
  /** All that is known of something, and not a few columns of it. */
  readonly everything: boolean;
  /** By value; absent where nothing is said. */
  readonly values: readonly (SaidOfValue | undefined)[];
}

export const noDemands: Demands = { everything: false, values: [] };

/** Of 6,638 public statements all but five do what is said here. */
export function demandsOf(asked: Asked): Demands {
  return {
    everything: asksForEverything(asked),
    values: asked.candidates.map((own) => saidOf(own, asked)),
  };
}

function saidOf(own: ValueCandidate, asked: Asked): SaidOfValue | undefined {
  switch (own.kind) {
    case "one":
      return unsaidOne(asked);
    case "number":
      return saidOfNumber(own, asked);
    case "text":
      return saidOfText(own, asked);
    case "period":
      return undefined;
  }
}

/** Nobody says it: a flag that is set, or more rows than one. Where "1" is said, that is meant. */
function unsaidOne({ candidates }: Asked): SaidOfValue {
  const isSaid = candidates.some(({ kind, text }) => kind !== "one" && text === "1");
  return {
    mayCompare: ({ operator, column, isCount }) =>
      !isSaid &&
      (isCount ? operator === ">" || operator === ">=" : operator === "=" && column !== undefined),
    mayLimit: true,
  };
}

const everything =
  /\ball (of )?(the |their |its )?(\p{L}+ )?(detailed |available )?(?<noun>information|info|data|details|columns|fields|attributes) (?=(about|of|on|for|from|in|that|which|who|whose|regarding|related|available|and|with|[^\p{L}\p{N}])|$)/u;

function asksForEverything({ tokens, graph }: Asked): boolean {
  const noun = everything.exec(textOf(tokens))?.groups?.noun;
  return noun !== undefined && !isNamed(noun, graph);
}
