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

/** rows × inputs → rows × outputs. */
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

/** Eight sums at a time: each number fetched is used two or four times. */
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
  const even = outputs - (outputs % 2);
  for (let output = 0; output < even; output += 2) {
    const first = output * inner;
    const second = first + inner;
    let a1 = 0;
    let b1 = 0;
    let c1 = 0;
    let d1 = 0;
    let a2 = 0;
    let b2 = 0;
    let c2 = 0;
    let d2 = 0;
    for (let at = 0; at < inner; at += 1) {
      const one = w[first + at] as number;
      const two = w[second + at] as number;
      const xa = x[a + at] as number;
      const xb = x[b + at] as number;
      const xc = x[c + at] as number;
      const xd = x[d + at] as number;
      a1 += xa * one;
      b1 += xb * one;
      c1 += xc * one;
      d1 += xd * one;
      a2 += xa * two;
      b2 += xb * two;
      c2 += xc * two;
      d2 += xd * two;
    }
    const to = row * outputs + output;
    y[to] = a1;
    y[to + 1] = a2;
    y[to + outputs] = b1;
    y[to + outputs + 1] = b2;
    y[to + 2 * outputs] = c1;
    y[to + 2 * outputs + 1] = c2;
    y[to + 3 * outputs] = d1;
    y[to + 3 * outputs + 1] = d2;
  }
  if (even < outputs) {
    for (let next = row; next < row + 4; next += 1) {
      y[next * outputs + even] = dot(x, next * inner, w, even * inner, inner);
    }
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
  const start = row * inner;
  const whole = outputs - (outputs % 4);
  for (let output = 0; output < whole; output += 4) {
    const first = output * inner;
    const second = first + inner;
    const third = second + inner;
    const fourth = third + inner;
    let one = 0;
    let two = 0;
    let three = 0;
    let four = 0;
    for (let at = 0; at < inner; at += 1) {
      const value = x[start + at] as number;
      one += value * (w[first + at] as number);
      two += value * (w[second + at] as number);
      three += value * (w[third + at] as number);
      four += value * (w[fourth + at] as number);
    }
    const to = row * outputs + output;
    y[to] = one;
    y[to + 1] = two;
    y[to + 2] = three;
    y[to + 3] = four;
  }
  for (let output = whole; output < outputs; output += 1) {
    y[row * outputs + output] = dot(x, start, w, output * inner, inner);
  }
}

function dot(
  x: Float32Array,
  from: number,
  w: Float32Array,
  start: number,
  length: number,
): number {
  let sum = 0;
  for (let at = 0; at < length; at += 1) {
    sum += (x[from + at] as number) * (w[start + at] as number);
  }
  return sum;
}

/** Columns `from` … `from + width` of a matrix of `stride` columns, as a matrix of their own. */
export function slice(
  x: Float32Array,
  rows: number,
  stride: number,
  from: number,
  width: number,
): Float32Array {
  return copyPart(x, rows, stride, from, width, width, 1);
}

/** The same, with rows and columns exchanged. */
export function sliceAcross(
  x: Float32Array,
  rows: number,
  stride: number,
  from: number,
  width: number,
): Float32Array {
  return copyPart(x, rows, stride, from, width, 1, rows);
}

/** @param rowStep,columnStep How far apart the next row and the next column lie in the copy. */
function copyPart(
  x: Float32Array,
  rows: number,
  stride: number,
  from: number,
  width: number,
  rowStep: number,
  columnStep: number,
): Float32Array {
  const y = new Float32Array(rows * width);
  for (let row = 0; row < rows; row += 1) {
    const start = row * stride + from;
    for (let at = 0; at < width; at += 1) {
      y[row * rowStep + at * columnStep] = x[start + at] as number;
    }
  }
  return y;
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
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
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
