/** How likely the network holds programs that somebody else wrote. */
import { type DecoderMemory, emptyState, step } from "./decode.ts";
import { costOf, type Follower } from "./grammar.ts";
import { grammarId } from "./vocabulary.ts";

const begin = grammarId("<begin>");
const end = grammarId("<end>");

interface Line {
  readonly program: number;
  readonly tokens: readonly number[];
  readonly state: typeof emptyState;
  readonly follower: Follower;
  readonly score: number;
}

/**
 * Log-probability of each program, as of those the beam finds; undefined for one that the grammar does not allow.
 * @param programs Their tokens, without the closing one.
 */
export function force(
  memory: DecoderMemory,
  start: Follower,
  programs: readonly (readonly number[])[],
): readonly (number | undefined)[] {
  const scores: (number | undefined)[] = programs.map(() => undefined);
  let lines = programs.map(
    (tokens, program): Line => ({
      program,
      tokens: [...tokens, end],
      state: emptyState,
      follower: start,
      score: 0,
    }),
  );
  for (let position = 0; lines.length > 0; position += 1) {
    const next = step(
      memory,
      lines.map((line) => line.state),
      lines.map((line) => line.tokens[position - 1] ?? begin),
    );
    lines = lines.flatMap((line, at): Line[] => {
      const token = line.tokens[position] ?? end;
      const state = next.states[at];
      if (state === undefined || !line.follower.allowed.includes(token)) {
        return [];
      }
      const score =
        line.score +
        (next.scores[at]?.[token] ?? Number.NEGATIVE_INFINITY) -
        costOf(token, line.follower);
      if (position + 1 === line.tokens.length) {
        scores[line.program] = score;
        return [];
      }
      return [{ ...line, state, score, follower: line.follower.follow(token) }];
    });
  }
  return scores;
}
