/**
 * `node bench/question.ts [--against FOLDER]`: what a question costs of one core, over thirty tables of which the
 * network looks at a hundred columns; beside the same of another checkout, question by question in one process. Time is
 * that of this thread's processor, so that neighbours on the machine count little.
 */
import { parseArgs } from "node:util";
import { median } from "./rounds.ts";

const ROUNDS = 3;
const WARM_UP = 1;
const NOW = Date.UTC(2026, 0, 15);
const TABLES = 30;

const questions = [
  "How many tickets were opened last month by severity?",
  "list the 18 oldest leaves",
  "Which buyers from Berlin have spent more than 1000 in 2024?",
  "average wage of staff per unit and site",
  "What is the total amount due of overdue invoices for each workspace, highest first?",
  "names of doctors who have never had a visit with reason injury",
  "total minutes lost by cause compared with last month",
  "Which carriers of kind road shipped more than 50 shipments in January, and what did they cost?",
];

const parts = ["read", "encode", "propose", "whole"] as const;
type Times = Record<(typeof parts)[number], number[]>;

interface Contender {
  readonly name: string;
  /** Milliseconds of the processor, by part; `propose` encodes anew, `whole` does all of it anew. */
  ask(question: string): Record<(typeof parts)[number], number>;
}

async function openContender(name: string, root: URL): Promise<Contender> {
  const load = <T>(path: string) => import(new URL(path, root).href) as Promise<T>;
  const { openNetwork, readAsset } = await load<
    typeof import("../shared/adapters/question-network/load-network.ts")
  >("shared/adapters/question-network/load-network.ts");
  const { loadQuestionNetwork } = await load<typeof import("../shared/compose-network.ts")>(
    "shared/compose-network.ts",
  );
  const { encode } = await load<typeof import("../shared/ask/network/encode.ts")>(
    "shared/ask/network/encode.ts",
  );
  const { answerByNetwork } = await load<typeof import("../shared/ask/network/decide.ts")>(
    "shared/ask/network/decide.ts",
  );
  const { madeSchemas } = await load<typeof import("../training/made-schemas.ts")>(
    "training/made-schemas.ts",
  );
  const tables = [...madeSchemas().values()].flatMap((one) => one.tables).slice(0, TABLES);
  const schema = { version: "1", tables };
  let weights: Awaited<ReturnType<typeof openNetwork>>["weights"] | undefined;
  const loading = await timed(async () => {
    weights = (await openNetwork(readAsset)).weights;
  });
  console.log(`${name}: files read and unpacked in ${loading.toFixed(0)} ms`);
  const deps = await loadQuestionNetwork();
  return {
    name,
    ask: (question) => {
      const clock = [cpuMs()];
      const reading = deps.network.read(question, schema, NOW);
      clock.push(cpuMs());
      if (weights !== undefined) encode(weights, reading.features);
      clock.push(cpuMs());
      deps.network.propose(reading);
      clock.push(cpuMs());
      answerByNetwork(deps, { question, schema, now: NOW, examples: [] }, []);
      clock.push(cpuMs());
      const [read = 0, encoded = 0, proposed = 0, whole = 0] = clock
        .slice(1)
        .map((at, index) => at - (clock[index] ?? at));
      return { read, encode: encoded, propose: proposed, whole };
    },
  };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const before = cpuMs();
  await work();
  return cpuMs() - before;
}

function measure(contenders: readonly Contender[]): void {
  const all = contenders.map((): Times => ({ read: [], encode: [], propose: [], whole: [] }));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const question of questions) {
      contenders.forEach((contender, at) => {
        const ms = contender.ask(question);
        if (round >= 0) for (const part of parts) all[at]?.[part].push(ms[part]);
      });
    }
  }
  const [first, second] = all;
  for (const part of parts) {
    const lines = contenders.map(({ name }, at) => {
      const ms = all[at]?.[part] ?? [];
      const p95 = ms.toSorted((a, b) => a - b)[Math.ceil(ms.length * 0.95) - 1] ?? 0;
      return `${name} ${median(ms).toFixed(1)} ms (p95 ${p95.toFixed(1)})`;
    });
    const ratios = first?.[part].map((ms, at) => (second?.[part][at] ?? ms) / ms) ?? [];
    const ratio = second === undefined ? "" : `; times as fast: ${median(ratios).toFixed(1)}`;
    console.log(`${part}: ${lines.join(", ")}${ratio}`);
  }
}

const { values } = parseArgs({ options: { against: { type: "string" } } });
const here = await openContender("this", new URL("..", import.meta.url));
measure(
  values.against === undefined
    ? [here]
    : [here, await openContender("other", new URL(`file://${values.against}/`))],
);
