/** The figures as lines for a terminal. */
import type { Proportion } from "./figures.ts";
import type { Answerable, Figure, Summary } from "./summary.ts";

export function summaryLines(summary: Summary): readonly string[] {
  const { latencyMs, precisionAt40 } = summary;
  return [
    ...answerableLines("all", summary.answerable),
    ...section("by group", summary.byGroup),
    `outcomes: ${Object.entries(summary.outcomes)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")}`,
    ...(summary.answeredAnyway ? [`answered anyway  ${figureText(summary.answeredAnyway)}`] : []),
    ...(summary.askedBack ? [`asked back       ${figureText(summary.askedBack)}`] : []),
    ...(summary.coverageAccuracy.length > 0 ? ["if only the surest were answered:"] : []),
    ...summary.coverageAccuracy.map(
      ({ confidence, coverage, precision }) =>
        `  confidence ≥ ${confidence.toFixed(3)}  coverage ${percent(coverage.value)}  precision ${figureText(precision)}`,
    ),
    ...(precisionAt40
      ? [`precision at ≥ 40 % coverage: ${figureText(precisionAt40.precision)}`]
      : []),
    `latency of the engine: p50 ${latencyMs.p50.toFixed(1)} ms, p95 ${latencyMs.p95.toFixed(1)} ms (n = ${latencyMs.n})`,
    ...summary.goldsFailed.map((line) => `gold failed: ${line}`),
  ];
}

export function section(
  title: string,
  groups: Readonly<Record<string, Answerable>>,
): readonly string[] {
  const names = Object.entries(groups);
  if (names.length === 0) return [];
  return [
    `${title}:`,
    ...names.map(
      ([name, one]) =>
        `  ${name.padEnd(30)} n ${String(one.ex_top.n).padStart(4)}  ex_answered ${percent(one.ex_answered.value)}  precision ${percent(one.precision.value)}  coverage ${percent(one.coverage.value)}  ex_top ${percent(one.ex_top.value)} (${percent(one.ex_top.low)} … ${percent(one.ex_top.high)})`,
    ),
  ];
}

function answerableLines(title: string, one: Answerable): readonly string[] {
  if (one.ex_top.n === 0) return [];
  return [
    `${title}:`,
    ...(["ex_answered", "precision", "coverage", "ex_top"] as const).map(
      (name) => `  ${name.padEnd(12)} ${figureText(one[name])}`,
    ),
  ];
}

export function figureText(figure: Proportion & Pick<Figure, "byDatabase">): string {
  const databases = figure.byDatabase?.map(percent).join(" … ");
  return `${percent(figure.value)} (${figure.hits} of ${figure.n}; 95 % ${percent(figure.low)} … ${percent(figure.high)}${databases === undefined ? "" : `; by database ${databases}`})`;
}

export function percent(value: number): string {
  return (100 * value).toFixed(1);
}
