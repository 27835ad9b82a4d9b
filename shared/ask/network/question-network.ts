/** The network as one piece: a question over a schema in, programs with their chances out. */
import type { SourceSchema } from "../../sources/ports.ts";
import type { Now } from "../ports.ts";
import { normaliseText, type Token, tokenise } from "../tokens.ts";
import { search } from "./beam.ts";
import { readCandidates, type ValueCandidate } from "./candidates.ts";
import { rememberItems } from "./decode.ts";
import { type Demands, demandsOf, withParts } from "./demands.ts";
import { encode } from "./encode.ts";
import { type Features, featuresOf } from "./features.ts";
import { force } from "./force.ts";
import { startProgram } from "./grammar.ts";
import { graphOf, type SchemaGraph } from "./graph.ts";
import { withoutImpossible } from "./impossible.ts";
import { linkNames, type NameLinks } from "./link-names.ts";
import { narrowGraph } from "./narrow-graph.ts";
import { type Program, readProgram, writeProgram } from "./program.ts";
import { sayIds } from "./say-ids.ts";
import { tell } from "./speaker.ts";
import type { ExampleStatement, ProgramSuggestion, Suggestion } from "./suggestion.ts";
import type { Thesaurus } from "./thesaurus.ts";
import { type ItemCounts, stepOf, tokenOf } from "./vocabulary.ts";
import type { Weights } from "./weights.ts";
import { wishesOf } from "./wishes.ts";

/** What a question was read as, for all programs of it. */
export interface QuestionReading {
  readonly tokens: readonly Token[];
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  readonly features: Features;
  readonly demands: Demands;
  /** Of its links. */
  readonly nearOnly: NameLinks["nearOnly"];
}

interface Weighed {
  /** Log-probability of the program, given the question; -Infinity for what the network has no words for. */
  readonly score: number;
  /** Whether the network came to it by itself. */
  readonly found: boolean;
  /** By who else suggests it: how sure they are; 0 where they do not. */
  readonly suggested: Readonly<Record<Suggestion["origin"], number>>;
}

export interface ProposedProgram extends Weighed {
  readonly program: Program;
  readonly statement?: undefined;
  /** As `tell` gives it. */
  readonly told: readonly number[] | undefined;
}

export interface ProposedStatement extends Weighed {
  readonly statement: ExampleStatement;
  readonly program?: undefined;
  readonly told?: undefined;
}

export type Proposal = ProposedProgram | ProposedStatement;

export interface QuestionNetwork {
  read(question: string, schema: SourceSchema, now: Now): QuestionReading;
  /**
   * What the network finds, the likeliest first; then what only others suggest: of the rules what the grammar allows,
   * of examples everything, since a person says that it is right. What cannot be meant is left out.
   */
  propose(reading: QuestionReading, suggestions?: readonly Suggestion[]): readonly Proposal[];
}

const BEAM = 20;
/** By logarithm: what is so much less likely than the likeliest is not weighed. Along the way it may be further behind. */
const UNLIKELY = 7;

export function createQuestionNetwork(weights: Weights, thesaurus: Thesaurus): QuestionNetwork {
  return {
    read: (question, schema, now) => {
      const whole = graphOf(schema);
      const tokens = sayIds(tokenise(normaliseText(question)), whole);
      const { graph, candidates, links } = narrowGraph(
        whole,
        readCandidates(tokens, whole, now),
        () => linkNames(tokens, whole, thesaurus),
      );
      const linked = links();
      const asked = { tokens, graph, candidates, links: linked };
      return {
        tokens,
        graph,
        candidates,
        features: featuresOf(asked),
        demands: demandsOf(asked),
        nearOnly: linked.nearOnly,
      };
    },
    propose: (reading, suggestions = []) => propose(weights, reading, suggestions),
  };
}

const unsuggested: Proposal["suggested"] = { rules: 0, example: 0 };

interface Untold extends Omit<ProposedProgram, "told"> {
  readonly steps: readonly number[];
}

function propose(
  weights: Weights,
  reading: QuestionReading,
  suggestions: readonly Suggestion[],
): readonly Proposal[] {
  const { features, graph } = reading;
  if (graph.tables.length === 0 || features.questions === 0) {
    return [];
  }
  const programs = weighed(weights, reading, suggestions);
  const told = withoutImpossible(reading, programs).map(
    ({ steps, ...one }): ProposedProgram => ({ ...one, told: tell(weights, features, steps) }),
  );
  return [...told, ...suggestions.flatMap(proposedStatement)];
}

/** What the network finds, then what it is asked of. */
function weighed(
  weights: Weights,
  reading: QuestionReading,
  suggestions: readonly Suggestion[],
): readonly Untold[] {
  const { features, graph, candidates, tokens, demands } = reading;
  const memory = rememberItems(weights, features, encode(weights, features));
  const start = startProgram(graph, candidates, wishesOf(tokens, candidates), demands);
  const guesses = search(memory, start, BEAM);
  const bar = (guesses[0]?.score ?? 0) - UNLIKELY;
  const found = guesses.flatMap(({ tokens: written, score }): readonly Untold[] => {
    const steps = withParts(written, demands, features);
    const program = readProgram(steps.map((token) => stepOf(token, features)));
    const one = { program, steps, score, found: true, suggested: unsuggested };
    return score > bar ? [one] : [];
  });
  const suggested = suggestions.flatMap((one) =>
    one.program === undefined ? [] : [{ ...one, steps: stepsOf(one.program, features) }],
  );
  const programs = new Map<string, Untold>();
  for (const one of found) {
    const key = keyOf(one.steps);
    // Of those that come to the same the first is the likeliest.
    programs.set(key, programs.get(key) ?? one);
  }
  const strange = suggested.filter(({ steps }) => !programs.has(keyOf(steps)));
  const scores = force(
    memory,
    start,
    strange.map(({ steps }) => steps),
  );
  strange.forEach(({ program, steps, origin }, at) => {
    const score = scores[at] ?? (origin === "example" ? Number.NEGATIVE_INFINITY : undefined);
    if (score !== undefined) {
      const one = { program, steps, score, found: false, suggested: unsuggested };
      programs.set(keyOf(steps), one);
    }
  });
  for (const one of suggested) {
    const known = programs.get(keyOf(one.steps));
    if (known !== undefined && one.worth > known.suggested[one.origin]) {
      programs.set(keyOf(one.steps), suggestedToo(known, one));
    }
  }
  return [...programs.values()];
}

function suggestedToo(known: Untold, { program, origin, worth }: ProgramSuggestion): Untold {
  const suggested = { ...known.suggested, [origin]: worth };
  // Steps say nothing of how ties are put in order: a person who verified it does.
  return { ...known, ...(origin === "example" ? { program } : {}), suggested };
}

function stepsOf(program: Program, counts: ItemCounts): readonly number[] {
  return writeProgram(program).map((step) => tokenOf(step, counts));
}

function keyOf(steps: readonly number[]): string {
  return steps.join(" ");
}

function proposedStatement({ statement, origin, worth }: Suggestion): readonly ProposedStatement[] {
  const suggested = { ...unsuggested, [origin]: worth };
  return statement === undefined
    ? []
    : [{ statement, score: Number.NEGATIVE_INFINITY, found: false, suggested }];
}
