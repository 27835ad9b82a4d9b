/**
 * Questions made from templates over any schema, for what the public sets do not ask: periods, grains, shares, ratios,
 * the best within each group, comparisons of two periods, what is missing. Each comes with its program.
 */
import type { SchemaGraph } from "../shared/ask/network/graph.ts";
import {
  busiest,
  countPeriod,
  figurePeriod,
  latest,
  listPeriod,
  perGrain,
  versus,
} from "./made-periods.ts";
import { bestPerGroup, countBoth, ratio, shareOfTotal, shareWhere } from "./made-shares.ts";
import { bestParent, childless, missing, moreThan } from "./made-tables.ts";
import { type MadeQuestion, subjectOf, type Template } from "./making.ts";
import type { Choices } from "./random.ts";

export function makeQuestion(graph: SchemaGraph, choices: Choices): MadeQuestion | undefined {
  const subject = subjectOf(graph, choices.below(graph.tables.length));
  const template = choices.of(templates);
  return template({ graph, choices, values: [], periods: 0 }, subject);
}

/** A template named twice is chosen twice as often. */
const templates: readonly Template[] = [
  countPeriod,
  countPeriod,
  listPeriod,
  perGrain,
  perGrain,
  perGrain,
  busiest,
  figurePeriod,
  figurePeriod,
  shareWhere,
  shareWhere,
  shareOfTotal,
  ratio,
  bestPerGroup,
  versus,
  missing,
  missing,
  childless,
  countBoth,
  latest,
  bestParent,
  bestParent,
  bestParent,
  moreThan,
];
