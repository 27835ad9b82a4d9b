/** The arithmetic of the figures: proportions with their intervals, quantiles, and the paired comparison. Pure. */

export interface Proportion {
  readonly hits: number;
  readonly n: number;
  /** 0 … 1; 0 where n is 0. */
  readonly value: number;
  /** 95 %, after Wilson (1927). */
  readonly low: number;
  readonly high: number;
}

/** The 97.5th percentile of the normal distribution. */
const Z = 1.959963984540054;

export function proportion(hits: number, n: number): Proportion {
  if (n === 0) return { hits, n, value: 0, low: 0, high: 1 };
  const p = hits / n;
  const centre = p + (Z * Z) / (2 * n);
  const spread = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return {
    hits,
    n,
    value: p,
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}

/** The q-quantile, linear between neighbours; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

const RESAMPLES = 2_000;

/**
 * A 95 % interval of a proportion when whole groups (databases) are drawn again with replacement: questions of one
 * database stand and fall together, so this is the wider and the more honest one. The seed is fixed.
 */
export function groupedInterval(
  groups: readonly { readonly hits: number; readonly n: number }[],
): readonly [number, number] {
  const random = mulberry32(20260514);
  const means = Array.from({ length: RESAMPLES }, () => {
    let hits = 0;
    let n = 0;
    for (let draw = 0; draw < groups.length; draw++) {
      const group = groups[Math.floor(random() * groups.length)];
      hits += group?.hits ?? 0;
      n += group?.n ?? 0;
    }
    return n === 0 ? 0 : hits / n;
  });
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

/** Tommy Ettinger's 32-bit generator: small, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * McNemar's exact test, two-sided: how likely so uneven a split of the questions on which two runs differ is when
 * neither is better.
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const few = Math.min(onlyFirst, onlySecond);
  let log = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= few; k++) {
    tail += Math.exp(log);
    log += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}
