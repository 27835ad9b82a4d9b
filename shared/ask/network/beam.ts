/** The likeliest programs for a question, found by keeping the best few unfinished ones at every step. */
import { type DecoderMemory, type DecoderState, emptyState, step } from "./decode.ts";
import { costOf, type Follower, MOST_STEPS } from "./grammar.ts";
import { grammarId } from "./vocabulary.ts";

export interface Guess {
  /** Without the closing token. */
  readonly tokens: readonly number[];
  /** Log-probability. */
  readonly score: number;
}

interface Line extends Guess {
  readonly follower: Follower;
  readonly state: DecoderState;
}

/** By logarithm: so much behind the best, hardly any line turns out to be right. */
const HOPELESS = 10;

const begin = grammarId("<begin>");

/**
 * At most `width` guesses, the likeliest first.
 * @param hopeless Less likely than the best by more than this (in logarithms), a line is not gone on with.
 */
export function search(
  memory: DecoderMemory,
  start: Follower,
  width: number,
  hopeless = HOPELESS,
): readonly Guess[] {
  const done: Guess[] = [];
  let lines: readonly Line[] = [{ tokens: [], score: 0, follower: start, state: emptyState }];
  for (let length = 0; length < MOST_STEPS && lines.length > 0; length += 1) {
    const { states, scores } = step(
      memory,
      lines.map((line) => line.state),
      lines.map((line) => line.tokens.at(-1) ?? begin),
    );
    const next = bestSteps(lines, scores, width * 2);
    const grown: Line[] = [];
    for (const { line, token, score } of next) {
      const from = lines[line];
      const state = states[line];
      if (from === undefined || state === undefined) {
        continue;
      }
      const follower = from.follower.follow(token);
      if (follower.complete) {
        done.push({ tokens: from.tokens, score });
      } else if (follower.allowed.length > 0 && grown.length < width) {
        grown.push({ tokens: [...from.tokens, token], score, follower, state });
      }
      if (grown.length >= width) {
        break;
      }
    }
    done.sort((left, right) => right.score - left.score);
    const least = Number.NEGATIVE_INFINITY;
    const top = Math.max(done[0]?.score ?? least, grown[0]?.score ?? least);
    const bar = Math.max(done[width - 1]?.score ?? least, top - hopeless);
    lines = grown.filter((line) => line.score > bar);
  }
  return done.slice(0, width);
}

interface NextStep {
  readonly line: number;
  readonly token: number;
  readonly score: number;
}

/** The `most` likeliest, in order; of equals the first. Kept in order as they are met, as few are ever moved. */
function bestSteps(
  lines: readonly Line[],
  scores: readonly Float32Array[],
  most: number,
): readonly NextStep[] {
  const best: NextStep[] = [];
  lines.forEach((from, line) => {
    const own = scores[line];
    for (const token of from.follower.allowed) {
      const likely = own?.[token] ?? Number.NEGATIVE_INFINITY;
      const score = from.score + likely - costOf(token, from.follower);
      if (best.length === most && score <= (best[most - 1]?.score ?? score)) {
        continue;
      }
      let at = best.length;
      while (at > 0 && (best[at - 1]?.score ?? score) < score) {
        at -= 1;
      }
      best.splice(at, 0, { line, token, score });
      best.length = Math.min(best.length, most);
    }
  });
  return best;
}
