/** Interleaved rounds: each round times every contender once, and ratios are taken within a round. */

export interface Contender {
  readonly name: string;
  /** Does `n` units of work and returns the milliseconds each took. */
  run(n: number): Promise<readonly number[]>;
}

export interface RoundResult {
  /** Median of one unit, in milliseconds, by contender. */
  readonly p50: Readonly<Record<string, number>>;
  /** Units per second, by contender. */
  readonly rate: Readonly<Record<string, number>>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
  n: number,
): Promise<RoundResult[]> {
  for (const contender of contenders) await contender.run(n);
  const results: RoundResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const p50: Record<string, number> = {};
    const rate: Record<string, number> = {};
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) {
      const times = await contender.run(n);
      p50[contender.name] = median(times);
      rate[contender.name] = (times.length * 1_000) / times.reduce((sum, ms) => sum + ms, 0);
    }
    results.push({ p50, rate });
  }
  return results;
}
