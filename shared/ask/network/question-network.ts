/** The network as one piece: a question over a schema in, programs with their chances out. */
import type { SourceSchema } from "../../sources/ports.ts";
import type { Now } from "../ports.ts";
import { normaliseText, type Token, tokenise } from "../tokens.ts";
import { search } from "./beam.ts";
import { readCandidates, type ValueCandidate } from "./candidates.ts";
import { rememberItems } from "./decode.ts";
import { encode } from "./encode.ts";
import { type Features, featuresOf } from "./features.ts";
import { startProgram, wishesOf } from "./grammar.ts";
import { graphOf, type SchemaGraph } from "./graph.ts";
import { linkNames } from "./link-names.ts";
import { narrowGraph } from "./narrow-graph.ts";
import { type Program, readProgram } from "./program.ts";
import type { Thesaurus } from "./thesaurus.ts";
import { stepOf } from "./vocabulary.ts";
import type { Weights } from "./weights.ts";

/** What a question was read as, for all programs of it. */
export interface QuestionReading {
  readonly tokens: readonly Token[];
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  readonly features: Features;
}

export interface Proposal {
  readonly program: Program;
  /** Log-probability of the program, given the question. */
  readonly score: number;
}

export interface QuestionNetwork {
  read(question: string, schema: SourceSchema, now: Now): QuestionReading;
  /** The likeliest first. */
  propose(reading: QuestionReading): readonly Proposal[];
}

const BEAM = 10;

export function createQuestionNetwork(weights: Weights, thesaurus: Thesaurus): QuestionNetwork {
  return {
    read: (question, schema, now) => {
      const tokens = tokenise(normaliseText(question));
      const whole = graphOf(schema);
      const { graph, candidates, links } = narrowGraph(
        whole,
        readCandidates(tokens, whole, now),
        () => linkNames(tokens, whole, thesaurus),
      );
      const features = featuresOf({ tokens, graph, candidates, links: links() });
      return { tokens, graph, candidates, features };
    },
    propose: (reading) => propose(weights, reading),
  };
}

function propose(weights: Weights, reading: QuestionReading): readonly Proposal[] {
  const { features, graph, candidates, tokens } = reading;
  if (graph.tables.length === 0 || features.questions === 0) {
    return [];
  }
  const memory = rememberItems(weights, features, encode(weights, features));
  const start = startProgram(graph, candidates, wishesOf(tokens));
  return search(memory, start, BEAM).map(({ tokens: steps, score }) => ({
    program: readProgram(steps.map((token) => stepOf(token, features))),
    score,
  }));
}
