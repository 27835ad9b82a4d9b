/**
 * Counters as Prometheus text (exposition format 0.0.4). The client libraries for Node count in their own process; our
 * counts are of all instances and lie in a database, so that nothing but the writing is left to do.
 */

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface CounterFamily {
  /** Ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly samples: readonly CounterSample[];
}

export interface CounterSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family without samples is still named, so that a query over it finds nothing rather than fails. */
export const prometheusText = (families: readonly CounterFamily[]): string =>
  families.map(familyText).join("");

function familyText({ name, help, samples }: CounterFamily): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} counter\n${lines.join("")}`;
}

function labelText(labels: CounterSample["labels"]): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
