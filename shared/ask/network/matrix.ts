/** The few operations of linear algebra the network needs, over matrices in the memory of its kernels. */
import { PANEL } from "./kernels.ts";
import type { Workspace } from "./workspace.ts";

/** Row-major at an address of a workspace, each row padded to `strideOf(columns)` floats. */
export interface Matrix {
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
}

/** Weights in panels of eight outputs, biases first: what the kernel `multiply` reads. */
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

/** Floats that the panels of a layer take. */
export function panelsSize(inputs: number, outputs: number): number {
  return (inputs + 1) * strideOf(outputs);
}

/** @param address Room for `panelsSize` floats, all 0. @param weightAt The weight from an input to an output. */
export function packLinear(
  space: Workspace,
  address: number,
  bias: Float32Array,
  inputs: number,
  weightAt: (output: number, input: number) => number,
): Linear {
  const outputs = bias.length;
  const panels = space.floats(address, panelsSize(inputs, outputs));
  for (let output = 0; output < outputs; output += 1) {
    const lane = output % PANEL;
    let at = (output - lane) * (inputs + 1) + lane;
    panels[at] = bias[output] as number;
    for (let input = 0; input < inputs; input += 1) {
      at += PANEL;
      panels[at] = weightAt(output, input);
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

/** rows × inputs → rows × outputs. */
export function linear(space: Workspace, layer: Linear, x: Matrix): Matrix {
  const y = takeMatrix(space, x.rows, layer.outputs);
  space.kernels.multiply(
    x.address,
    strideOf(x.columns) * FLOAT,
    layer.panels,
    y.address,
    strideOf(y.columns) * FLOAT,
    x.rows,
    layer.inputs,
    strideOf(layer.outputs) / PANEL,
  );
  return y;
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
