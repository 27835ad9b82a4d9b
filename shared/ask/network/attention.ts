/** Keys and values as the kernels want them: for each head, a matrix to multiply queries by and one to multiply shares by. */

import { FLOAT, type Matrix, strideOf } from "./matrix.ts";
import { PANEL } from "./multiply-kernels.ts";
import type { Workspace } from "./workspace.ts";

/** What is not there gets this as its score, which leaves it no share. */
export const NOBODY = -1e30;

/** Floats of the panels that `multiply` reads. */
function panelsSize(inputs: number, outputs: number): number {
  return (inputs + 1) * strideOf(outputs);
}

/** Floats of the keys of one head. */
export function keysSize(size: number, items: number): number {
  return panelsSize(size, items);
}

/** Floats of the values of one head, and of `others` rows behind them. */
export function valuesSize(size: number, items: number, others: number): number {
  return panelsSize(strideOf(items) + others, size);
}

/** From one head's columns of the keys, what queries are multiplied by to score all items, padded to whole panels. */
export function packKeys(
  panels: Float32Array,
  keys: Float32Array,
  { items, width, from, size }: HeadPlace,
): void {
  for (let item = 0; item < strideOf(items); item += 1) {
    const lane = item % PANEL;
    let at = (item - lane) * (size + 1) + lane;
    panels[at] = item < items ? 0 : NOBODY;
    const start = item * width + from;
    for (let dim = 0; dim < size; dim += 1) {
      at += PANEL;
      panels[at] = item < items ? (keys[start + dim] as number) : 0;
    }
  }
}

/** Where a head's numbers lie in rows of all heads. */
export interface HeadPlace {
  readonly items: number;
  readonly width: number;
  readonly from: number;
  readonly size: number;
}

/** From one head's columns of the values, what shares are multiplied by; then `others` × size rows, a share for each. */
export function packValues(
  panels: Float32Array,
  values: Float32Array,
  { items, width, from, size }: HeadPlace,
  others: Float32Array,
): void {
  const padded = strideOf(items);
  let to = 0;
  for (let dim = 0; dim < size; dim += PANEL) {
    panels.fill(0, to, to + PANEL);
    to += PANEL;
    to = copyRows(panels, to, values, from + dim, width, items);
    panels.fill(0, to, to + (padded - items) * PANEL);
    to += (padded - items) * PANEL;
    to = copyRows(panels, to, others, dim, size, others.length / size);
  }
}

/** Eight floats of each row. Returns where the next would go. */
function copyRows(
  panels: Float32Array,
  start: number,
  rows: Float32Array,
  from: number,
  stride: number,
  count: number,
): number {
  let to = start;
  for (let row = 0, at = from; row < count; row += 1, at += stride) {
    for (let lane = 0; lane < PANEL; lane += 1, to += 1) {
      panels[to] = rows[at + lane] as number;
    }
  }
  return to;
}

/** One head's scores of all keys, a row for each query, unscaled. @param stride Floats from row to row of the scores. */
export function scoreKeys(
  space: Workspace,
  queries: Matrix,
  keys: number,
  { from, size, items }: HeadPlace,
  scores: number,
  stride: number,
): void {
  space.kernels.multiply(
    queries.address + from * FLOAT,
    queries.columns * FLOAT,
    keys,
    scores,
    stride * FLOAT,
    queries.rows,
    size,
    strideOf(items) / PANEL,
  );
}

/** One head's columns of `mixed`, from its shares. @param stride Floats from row to row of the shares: all count. */
export function mixValues(
  space: Workspace,
  shares: number,
  stride: number,
  values: number,
  { from, size }: HeadPlace,
  mixed: Matrix,
): void {
  space.kernels.multiply(
    shares,
    stride * FLOAT,
    values,
    mixed.address + from * FLOAT,
    mixed.columns * FLOAT,
    mixed.rows,
    stride,
    size / PANEL,
  );
}
