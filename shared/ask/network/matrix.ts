/** The few operations of linear algebra the network needs, over plain typed arrays. Matrices are row-major. */

export interface Linear {
  /** outputs × inputs. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
}

export interface Norm {
  readonly gain: Float32Array;
  readonly bias: Float32Array;
}

/** rows × inputs → rows × outputs. Four rows by two outputs at a time, which keeps the sums in registers. */
export function linear(layer: Linear, x: Float32Array, rows: number): Float32Array {
  const y = product(x, layer.weight, rows, layer.inputs, layer.outputs);
  const { bias, outputs } = layer;
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let output = 0; output < outputs; output += 1, at += 1) {
      y[at] = (y[at] as number) + (bias[output] as number);
    }
  }
  return y;
}

/** x [rows × inner] times the transpose of w [outputs × inner]. */
export function product(
  x: Float32Array,
  w: Float32Array,
  rows: number,
  inner: number,
  outputs: number,
): Float32Array {
  const y = new Float32Array(rows * outputs);
  const whole = rows - (rows % 4);
  for (let row = 0; row < whole; row += 4) {
    fourRows(x, w, y, row, inner, outputs);
  }
  for (let row = whole; row < rows; row += 1) {
    oneRow(x, w, y, row, inner, outputs);
  }
  return y;
}

function fourRows(
  x: Float32Array,
  w: Float32Array,
  y: Float32Array,
  row: number,
  inner: number,
  outputs: number,
): void {
  const a = row * inner;
  const b = a + inner;
  const c = b + inner;
  const d = c + inner;
  for (let output = 0; output < outputs; output += 1) {
    const start = output * inner;
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let at = 0; at < inner; at += 1) {
      const weight = w[start + at] as number;
      first += (x[a + at] as number) * weight;
      second += (x[b + at] as number) * weight;
      third += (x[c + at] as number) * weight;
      fourth += (x[d + at] as number) * weight;
    }
    const to = row * outputs + output;
    y[to] = first;
    y[to + outputs] = second;
    y[to + 2 * outputs] = third;
    y[to + 3 * outputs] = fourth;
  }
}

function oneRow(
  x: Float32Array,
  w: Float32Array,
  y: Float32Array,
  row: number,
  inner: number,
  outputs: number,
): void {
  const a = row * inner;
  for (let output = 0; output < outputs; output += 1) {
    const start = output * inner;
    let even = 0;
    let odd = 0;
    for (let at = 0; at + 1 < inner; at += 2) {
      even += (x[a + at] as number) * (w[start + at] as number);
      odd += (x[a + at + 1] as number) * (w[start + at + 1] as number);
    }
    y[row * outputs + output] =
      even + odd + (inner % 2 === 1 ? (x[a + inner - 1] as number) * (w[start + inner - 1] as number) : 0);
  }
}

const EPSILON = 1e-5;

/** Each row to mean 0 and variance 1, then scaled and shifted. */
export function normalise(norm: Norm, x: Float32Array, rows: number): Float32Array {
  const width = norm.gain.length;
  const y = new Float32Array(x.length);
  for (let row = 0; row < rows; row += 1) {
    const start = row * width;
    let sum = 0;
    let squares = 0;
    for (let at = start; at < start + width; at += 1) {
      const value = x[at] as number;
      sum += value;
      squares += value * value;
    }
    const mean = sum / width;
    const scale = 1 / Math.sqrt(Math.max(squares / width - mean * mean, 0) + EPSILON);
    for (let at = 0; at < width; at += 1) {
      y[start + at] =
        ((x[start + at] as number) - mean) * scale * (norm.gain[at] as number) +
        (norm.bias[at] as number);
    }
  }
  return y;
}

export function addInto(x: Float32Array, y: Float32Array): void {
  for (let at = 0; at < x.length; at += 1) {
    x[at] = (x[at] as number) + (y[at] as number);
  }
}

/** x Φ(x), in place. */
export function gelu(x: Float32Array): void {
  for (let at = 0; at < x.length; at += 1) {
    const value = x[at] as number;
    x[at] = 0.5 * value * (1 + erf(value * Math.SQRT1_2));
  }
}

/** Abramowitz and Stegun 7.1.26: within 1.5e-7. */
function erf(x: number): number {
  const size = Math.abs(x);
  const t = 1 / (1 + 0.3275911 * size);
  const series =
    t *
    (0.254829592 +
      t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const value = 1 - series * Math.exp(-size * size);
  return x < 0 ? -value : value;
}

/** Weights that sum to one, in place, over `length` entries from `start`. */
export function softmax(x: Float32Array, start: number, length: number): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = start; at < start + length; at += 1) {
    most = Math.max(most, x[at] as number);
  }
  let sum = 0;
  for (let at = start; at < start + length; at += 1) {
    const value = Math.exp((x[at] as number) - most);
    x[at] = value;
    sum += value;
  }
  for (let at = start; at < start + length; at += 1) {
    x[at] = (x[at] as number) / sum;
  }
}

/** log(Σ exp) over `length` entries from `start`. */
export function logSumExp(x: Float32Array, start: number, length: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = start; at < start + length; at += 1) {
    most = Math.max(most, x[at] as number);
  }
  let sum = 0;
  for (let at = start; at < start + length; at += 1) {
    sum += Math.exp((x[at] as number) - most);
  }
  return most + Math.log(sum);
}
