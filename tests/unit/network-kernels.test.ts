// covers: ASK-07
/** The kernels compute what plain loops compute, for every shape, and whatever happens to their memory meanwhile. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type HeadPlace,
  keysSize,
  mixValues,
  packKeys,
  packValues,
  scoreKeys,
  valuesSize,
} from "../../shared/ask/network/attention.ts";
import {
  addInto,
  copyIn,
  FLOAT,
  gelu,
  keepLinear,
  linear,
  type Matrix,
  MOST_INPUTS,
  normalise,
  rowsFrom,
  strideOf,
  takeMatrix,
  viewOf,
} from "../../shared/ask/network/matrix.ts";
import { RELATIONS } from "../../shared/ask/network/relations.ts";
import { createWorkspace, type Workspace } from "../../shared/ask/network/workspace.ts";

/** Numbers that look random and are the same every time. */
function numbers(count: number, seed: number, size = 1): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 31 - 1) * size;
  });
}

const seed = fc.integer({ min: 0, max: 1e6 });
const rows = fc.integer({ min: 1, max: 23 });
const odd = fc.integer({ min: 1, max: 37 });
const eights = fc.integer({ min: 1, max: 17 }).map((panels) => 8 * panels);

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
const sumOf = (count: number, one: (index: number) => number): number =>
  Array.from({ length: count }, (_, index) => one(index)).reduce((sum, value) => sum + value, 0);

function expectNear(found: ArrayLike<number>, wanted: readonly number[], within: number): void {
  expect(found.length).toBe(wanted.length);
  const worst = Math.max(0, ...wanted.map((value, index) => Math.abs(at(found, index) - value)));
  expect(worst).toBeLessThan(within);
}

/** Without its padding. */
function plain(space: Workspace, x: Matrix): readonly number[] {
  const view = viewOf(space, x);
  return Array.from({ length: x.rows }, (_, row) =>
    [...view.subarray(row * strideOf(x.columns))].slice(0, x.columns),
  ).flat();
}

/** Weights as they are kept: whole numbers, and what those of an output are worth. */
interface Layer {
  readonly values: Int8Array;
  readonly scales: Float32Array;
  readonly bias: Float32Array;
}

function layerOf(inputs: number, outputs: number, start: number): Layer {
  return {
    values: Int8Array.from(numbers(outputs * inputs, start, 127.9)),
    scales: numbers(outputs, start + 1, 1 / 127),
    bias: numbers(outputs, start + 2),
  };
}

function keep(space: Workspace, layer: Layer) {
  return keepLinear(space, layer, layer.bias);
}

function linearByHand(x: Float32Array, { values, scales, bias }: Layer): readonly number[] {
  const inputs = values.length / bias.length;
  return Array.from({ length: x.length / inputs }, (_, row) =>
    Array.from(bias, (own, output) => {
      const product = (k: number): number =>
        at(x, row * inputs + k) * at(values, output * inputs + k);
      return own + at(scales, output) * sumOf(inputs, product);
    }),
  ).flat();
}

/** What rounding may make of so many inputs up to `size`: half a step each, at the largest weight. */
function rounding(inputs: number, size: number): number {
  return (inputs * size) / 2 / 32_767 + 1e-5;
}

function sharesByHand(scores: readonly number[]): readonly number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = sumOf(powers.length, (index) => at(powers, index));
  return powers.map((power) => power / total);
}

describe("a layer", () => {
  it("is its weights times its inputs plus its biases, for any number of rows and outputs", () => {
    fc.assert(
      fc.property(seed, rows, eights, odd, (start, many, inputs, outputs) => {
        const space = createWorkspace();
        const x = numbers(many * inputs, start);
        const layer = layerOf(inputs, outputs, start + 1);
        const kept = keep(space, layer);
        const y = space.borrow(() => plain(space, linear(space, kept, copyIn(space, x, inputs))));
        expectNear(y, linearByHand(x, layer), rounding(inputs, 1));
      }),
      { numRuns: 60 },
    );
  });

  it("rounds each row by its own largest number, be it tiny, huge or 0", () => {
    const space = createWorkspace();
    const sizes = [1e-9, 1, 1e9, 0, 1e-3];
    const x = Float32Array.from(sizes.flatMap((size, row) => [...numbers(16, row, size)]));
    const layer = { ...layerOf(16, 24, 1), bias: new Float32Array(24) };
    const y = plain(space, linear(space, keep(space, layer), copyIn(space, x, 16)));
    const wanted = linearByHand(x, layer);
    sizes.forEach((size, row) => {
      const own = (all: readonly number[]) => all.slice(row * 24, (row + 1) * 24);
      const share = size === 0 ? 1 : size;
      const shares = (all: readonly number[]) => own(all).map((value) => value / share);
      expectNear(shares(y), shares(wanted), rounding(16, 1));
    });
  });

  it("adds up exactly, as far as its largest weights and inputs go", () => {
    const space = createWorkspace();
    const values = new Int8Array(8 * MOST_INPUTS).fill(127).fill(-127, 4 * MOST_INPUTS);
    const scales = new Float32Array(8).fill(1);
    const layer = keepLinear(space, { values, scales }, new Float32Array(8));
    const x = new Float32Array(MOST_INPUTS).fill(32_767);
    const most = Math.fround(32_767 * 127 * MOST_INPUTS);
    const y = plain(space, linear(space, layer, copyIn(space, x, MOST_INPUTS)));
    expect(y).toEqual([most, most, most, most, -most, -most, -most, -most]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "makes no number of a row that holds %d, and leaves the others alone",
    (broken) => {
      const space = createWorkspace();
      const layer = layerOf(8, 16, 1);
      const kept = keep(space, layer);
      for (let place = 0; place < 8; place += 1) {
        const x = numbers(3 * 8, 2);
        x[8 + place] = broken;
        const y = plain(space, linear(space, kept, copyIn(space, x, 8)));
        const wanted = linearByHand(x, layer);
        expect(y.slice(16, 32).some(Number.isFinite)).toBe(false);
        expectNear(y.slice(0, 16), wanted.slice(0, 16), rounding(8, 1));
        expectNear(y.slice(32), wanted.slice(32), rounding(8, 1));
      }
    },
  );

  it.each([12, MOST_INPUTS + 8])("is not made of %i inputs, which would not add up", (inputs) => {
    expect(() => keep(createWorkspace(), layerOf(inputs, 8, 1))).toThrow(RangeError);
  });

  it("can be given some of the rows", () => {
    const space = createWorkspace();
    const x = numbers(5 * 16, 1);
    const layer = layerOf(16, 8, 2);
    const y = linear(space, keep(space, layer), rowsFrom(copyIn(space, x, 16), 3));
    expectNear(plain(space, y), linearByHand(x.subarray(3 * 16), layer), rounding(16, 1));
  });
});

describe("attention", () => {
  const shape = fc.record({
    seed,
    queries: rows,
    items: fc.integer({ min: 1, max: 45 }),
    heads: fc.integer({ min: 1, max: 3 }),
    size: fc.constantFrom(8, 16, 24),
    spread: fc.constantFrom(1, 30),
  });

  it("mixes values by their keys, head by head, for any number of items", () => {
    fc.assert(
      fc.property(shape, ({ seed: start, queries, items, heads, size, spread }) => {
        const space = createWorkspace();
        const width = heads * size;
        const query = numbers(queries * width, start, spread);
        const key = numbers(items * width, start + 1);
        const value = numbers(items * width, start + 2);
        const q = copyIn(space, query, width);
        const mixed = takeMatrix(space, queries, width);
        const stride = strideOf(items);
        const scores = space.take(queries * stride);
        const keys = space.take(keysSize(size, items));
        const values = space.take(valuesSize(size, items, 0));
        for (let from = 0; from < width; from += size) {
          const place: HeadPlace = { items, width, from, size };
          packKeys(space.floats(keys, keysSize(size, items)), key, place);
          packValues(
            space.floats(values, valuesSize(size, items, 0)),
            value,
            place,
            new Float32Array(),
          );
          scoreKeys(space, q, keys, place, scores, stride);
          space.kernels.softmax(scores, stride * FLOAT, queries, stride * FLOAT, 0.25);
          mixValues(space, scores, stride, values, place, mixed);
        }
        const wanted = Array.from({ length: queries * width }, (_, index) => {
          const row = Math.floor(index / width);
          const from = (index % width) - ((index % width) % size);
          const shares = sharesByHand(
            Array.from(
              { length: items },
              (_item, item) =>
                0.25 *
                sumOf(
                  size,
                  (k) => at(query, row * width + from + k) * at(key, item * width + from + k),
                ),
            ),
          );
          return sumOf(
            items,
            (item) => at(shares, item) * at(value, item * width + (index % width)),
          );
        });
        expectNear(plain(space, mixed), wanted, 1e-4);
      }),
      { numRuns: 40 },
    );
  });

  it("adds to a score what its relation is worth, and sums the shares by relation", () => {
    fc.assert(
      fc.property(seed, rows, fc.integer({ min: 1, max: 9 }), (start, many, panels) => {
        const space = createWorkspace();
        const width = panels * 8;
        const stride = width + RELATIONS;
        const given = numbers(many * width, start, 4);
        const kinds = Uint8Array.from(numbers(many * width, start + 1), (one) =>
          Math.floor(((one + 1) / 2) * RELATIONS),
        );
        const worth = numbers(RELATIONS, start + 2, 3);
        const x = space.take(many * stride);
        const kindsAt = space.take(Math.ceil(kinds.length / FLOAT));
        const bias = space.take(RELATIONS);
        const spare = space.take(4 * RELATIONS);
        const view = space.floats(x, many * stride);
        for (let row = 0; row < many; row += 1) {
          view.set(given.subarray(row * width, (row + 1) * width), row * stride);
        }
        space.bytes(kindsAt, kinds.length).set(kinds);
        space.floats(bias, RELATIONS).set(worth);
        space.floats(spare, 4 * RELATIONS).fill(0);
        const bytes = width * FLOAT;
        space.kernels.relatedSoftmax(x, stride * FLOAT, many, bytes, 0.5, kindsAt, bias, spare);
        const wanted = Array.from({ length: many }, (_, row) => {
          const own = [...kinds.subarray(row * width, (row + 1) * width)];
          const shares = sharesByHand(
            own.map((kind, item) => 0.5 * at(given, row * width + item) + at(worth, kind)),
          );
          const sums = Array.from({ length: RELATIONS }, (_kind, kind) =>
            sumOf(width, (item) => (own[item] === kind ? at(shares, item) : 0)),
          );
          return [...shares, ...sums];
        }).flat();
        expectNear(space.floats(x, many * stride), wanted, 1e-5);
        expect(space.floats(spare, 4 * RELATIONS).every((one) => one === 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("gives everything to a key that is far ahead, and nothing that is no number", () => {
    const space = createWorkspace();
    const x = copyIn(space, Float32Array.of(3e4, -3e4, 0, 1, 2, -1e30, -1e30, -1e30), 8);
    space.kernels.softmax(x.address, 32, 1, 32, 1);
    expectNear(plain(space, x), [1, 0, 0, 0, 0, 0, 0, 0], 1e-30);
  });
});

describe("what is done to each number", () => {
  it("brings rows to mean 0 and variance 1, then scales and shifts them", () => {
    fc.assert(
      fc.property(seed, rows, eights, (start, many, width) => {
        const space = createWorkspace();
        const gain = numbers(width, start + 1);
        const bias = numbers(width, start + 2);
        const norm = { gain: space.keep(width), bias: space.keep(width) };
        space.floats(norm.gain, width).set(gain);
        space.floats(norm.bias, width).set(bias);
        // Far from 0, where the mean of the squares less the square of the mean would lose all digits.
        const x = numbers(many * width, start, 3).map((value) => value + 100);
        const y = plain(space, normalise(space, norm, copyIn(space, x, width)));
        const wanted = Array.from({ length: many }, (_, row) => {
          const own = [...x.subarray(row * width, (row + 1) * width)];
          const mean = sumOf(width, (k) => at(own, k)) / width;
          const variance = sumOf(width, (k) => (at(own, k) - mean) ** 2) / width;
          return own.map(
            (value, k) => ((value - mean) / Math.sqrt(variance + 1e-5)) * at(gain, k) + at(bias, k),
          );
        }).flat();
        expectNear(y, wanted, 1e-3);
      }),
      { numRuns: 60 },
    );
  });

  it("is x Φ(x), from far below 0 to far above", () => {
    const space = createWorkspace();
    const x = Float32Array.from({ length: 400 }, (_, index) => (index - 200) / 10);
    const matrix = copyIn(space, x, 8);
    gelu(space, matrix);
    expectNear(
      plain(space, matrix),
      [...x].map((value) => value * normalBelow(value)),
      2e-6,
    );
  });

  it("adds one matrix to another", () => {
    const space = createWorkspace();
    const [left, right] = [numbers(7 * 24, 1), numbers(7 * 24, 2)];
    const x = copyIn(space, left, 24);
    addInto(space, x, copyIn(space, right, 24));
    expect(plain(space, x)).toEqual([...left.map((value, index) => value + at(right, index))]);
  });
});

/** Φ by Simpson's rule: another way than the kernel's. */
function normalBelow(x: number): number {
  const steps = 2_000;
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const width = x / steps;
  const inner = sumOf(steps + 1, (step) => {
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    return weight * density(step * width);
  });
  return 0.5 + (inner * width) / 3;
}

describe("a workspace", () => {
  it("grows in the middle of a computation and keeps every number", () => {
    const space = createWorkspace();
    const layer = layerOf(40, 24, 1);
    const kept = keep(space, layer);
    const x = numbers(9 * 40, 3);
    const before = space.sizeBytes;
    const y = space.borrow(() => {
      const matrix = copyIn(space, x, 40);
      space.take(before);
      expect(space.sizeBytes).toBeGreaterThan(before);
      return plain(space, linear(space, kept, matrix));
    });
    expectNear(y, linearByHand(x, layer), rounding(40, 1));
  });

  it("takes back what was borrowed, so that the thousandth question needs no more than the first", () => {
    const space = createWorkspace();
    const ask = () => space.borrow(() => space.borrow(() => space.take(300_000)) + space.take(1));
    ask();
    const after = space.sizeBytes;
    for (let question = 0; question < 1_000; question += 1) ask();
    expect(space.sizeBytes).toBe(after);
  });

  it("takes back what was borrowed by work that failed", () => {
    const space = createWorkspace();
    const first = space.borrow(() => space.take(8));
    const fail = () =>
      space.borrow(() => {
        space.take(1_000);
        throw new RangeError("no");
      });
    expect(fail).toThrow(RangeError);
    expect(space.borrow(() => space.take(8))).toBe(first);
    expect(space.keep(8)).toBe(first);
  });

  it("keeps zeros, also where something borrowed lay before", () => {
    const space = createWorkspace();
    space.borrow(() => space.floats(space.take(64), 64).fill(7));
    expect([...space.floats(space.keep(64), 64)]).toEqual(new Array(64).fill(0));
  });

  it("refuses to keep weights among what is given back", () => {
    const space = createWorkspace();
    expect(() => space.borrow(() => space.keep(8))).toThrow("given back");
  });

  it("gives the same numbers whatever lay there before", () => {
    const space = createWorkspace();
    const layer = keep(space, layerOf(16, 13, 1));
    const run = (rubbish: number) => {
      space.borrow(() => space.floats(space.take(10_000), 10_000).fill(rubbish));
      return space.borrow(() =>
        plain(space, linear(space, layer, copyIn(space, numbers(80, 4), 16))),
      );
    };
    expect(run(Number.NaN)).toEqual(run(7));
  });
});
