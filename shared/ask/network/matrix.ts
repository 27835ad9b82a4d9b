/** The few operations of linear algebra the network needs, over matrices in the memory of its kernels. */
import { PANEL, wholePanelBytes, wholeRowBytes } from "./multiply-kernels.ts";
import type { Workspace } from "./workspace.ts";

/** Row-major at an address of a workspace, each row padded to `strideOf(columns)` floats. */
export interface Matrix {
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
}

/** Whole weights in panels of eight outputs: what the kernel `multiplyWhole` reads. */
export interface Linear {
  readonly panels: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Wide, bent, and narrow again. */
export interface FeedWeights {
  readonly widen: Linear;
  readonly narrow: Linear;
}

export interface Norm {
  readonly gain: number;
  readonly bias: number;
}

export const FLOAT = 4;

/** Floats from one row to the next. */
export function strideOf(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}

/** More inputs could add up to more than a whole number of 32 bits holds. */
export const MOST_INPUTS = 512;

/** Whole weights, a row for each output, and what those of an output are worth. */
export interface WholeRows {
  readonly scales: Float32Array;
  readonly values: Int8Array;
}

/** @throws RangeError where the kernel cannot multiply so many inputs. */
export function keepLinear(
  space: Workspace,
  { scales, values }: WholeRows,
  bias: Float32Array,
): Linear {
  const outputs = scales.length;
  const inputs = values.length / outputs;
  if (inputs % PANEL !== 0 || inputs > MOST_INPUTS) {
    throw new RangeError(
      `a layer of ${inputs} inputs: it takes a multiple of ${PANEL} up to ${MOST_INPUTS}`,
    );
  }
  const panelBytes = wholePanelBytes(inputs);
  const panels = strideOf(outputs) / PANEL;
  const address = space.keep((panels * panelBytes) / FLOAT);
  for (let panel = 0; panel < panels; panel += 1) {
    const start = address + panel * panelBytes;
    const head = space.floats(start, 2 * PANEL);
    const weights = space.halves(start + 2 * PANEL * FLOAT, inputs * PANEL);
    for (let lane = 0; lane < PANEL && panel * PANEL + lane < outputs; lane += 1) {
      const output = panel * PANEL + lane;
      head[lane] = bias[output] as number;
      head[PANEL + lane] = scales[output] as number;
      for (let input = 0; input < inputs; input += 1) {
        weights[(input - (input % 2)) * PANEL + 2 * lane + (input % 2)] = values[
          output * inputs + input
        ] as number;
      }
    }
  }
  return { panels: address, inputs, outputs };
}

export function takeMatrix(space: Workspace, rows: number, columns: number): Matrix {
  return { address: space.take(rows * strideOf(columns)), rows, columns };
}

/** All of it, padding included. */
export function viewOf(space: Workspace, x: Matrix): Float32Array {
  return space.floats(x.address, x.rows * strideOf(x.columns));
}

/** @param values rows × columns, where columns need no padding. */
export function copyIn(space: Workspace, values: Float32Array, columns: number): Matrix {
  const x = takeMatrix(space, values.length / columns, columns);
  viewOf(space, x).set(values);
  return x;
}

/** Of the same memory, from this row on. */
export function rowsFrom(x: Matrix, row: number): Matrix {
  return {
    ...x,
    address: x.address + row * strideOf(x.columns) * FLOAT,
    rows: x.rows - row,
  };
}

/** rows × inputs → rows × outputs, with inputs rounded to 1/32,767 of the largest in their row. */
export function linear(space: Workspace, layer: Linear, x: Matrix): Matrix {
  const y = takeMatrix(space, x.rows, layer.outputs);
  space.borrow(() => multiply(space, layer, x, y));
  return y;
}

function multiply({ kernels, take }: Workspace, layer: Linear, x: Matrix, y: Matrix): void {
  const { inputs, outputs, panels } = layer;
  const whole = take((x.rows * wholeRowBytes(inputs)) / FLOAT);
  kernels.toWhole(x.address, strideOf(x.columns) * FLOAT, whole, x.rows, inputs);
  const stride = strideOf(outputs);
  kernels.multiplyWhole(whole, panels, y.address, stride * FLOAT, x.rows, inputs, stride / PANEL);
}

/** Each row to mean 0 and variance 1, then scaled and shifted. */
export function normalise(space: Workspace, norm: Norm, x: Matrix): Matrix {
  const y = takeMatrix(space, x.rows, x.columns);
  const width = x.columns * FLOAT;
  space.kernels.normalise(x.address, y.address, norm.gain, norm.bias, x.rows, width);
  return y;
}

/** x += y. */
export function addInto(space: Workspace, x: Matrix, y: Matrix): void {
  space.kernels.add(x.address, y.address, x.rows * strideOf(x.columns) * FLOAT);
}

/** x Φ(x), in place. */
export function gelu(space: Workspace, x: Matrix): void {
  space.kernels.gelu(x.address, x.rows * strideOf(x.columns) * FLOAT);
}

/** x += what the layer makes of y. */
export function feedForward(space: Workspace, layer: FeedWeights, y: Matrix, x: Matrix): void {
  const wide = linear(space, layer.widen, y);
  gelu(space, wide);
  addInto(space, x, linear(space, layer.narrow, wide));
}

/** Weights that sum to one, in place. */
export function softmax(x: Float32Array): void {
  const total = logSumExp(x);
  for (let at = 0; at < x.length; at += 1) {
    x[at] = Math.exp((x[at] as number) - total);
  }
}

/** log(Σ exp). */
export function logSumExp(x: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < x.length; at += 1) {
    most = Math.max(most, x[at] as number);
  }
  let sum = 0;
  for (let at = 0; at < x.length; at += 1) {
    sum += Math.exp((x[at] as number) - most);
  }
  return most + Math.log(sum);
}
