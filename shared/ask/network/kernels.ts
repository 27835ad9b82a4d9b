/** The network's inner loops as WebAssembly with four floats an instruction. Addresses and strides are in bytes. */
import {
  assemble,
  type Code,
  defineFunction,
  f32,
  f32x4,
  get,
  i32,
  i32x4,
  type Local,
  raise,
  set,
  type WasmFunction,
  whileLoop,
} from "./assembler.ts";
import { acrossLanes, FLOAT, LANES, overVectors, ROUNDER, VECTOR } from "./kernel-code.ts";
import { multiply, multiplyWhole, toWhole } from "./multiply-kernels.ts";
import { RELATIONS } from "./relations.ts";

const EPSILON = 1e-5;

export interface Kernels {
  /**
   * Rows of `inner` floats, a multiple of eight, as whole numbers of 16 bits: a row of y is what they are worth, four
   * times, and then the numbers, of which the largest is 32,767. It is `wholeRowBytes(inner)` long.
   */
  toWhole(x: number, xStride: number, y: number, rows: number, inner: number): void;
  /**
   * y [rows × 8 panels] = x [rows × inner] · w, of rows as `toWhole` writes them. A panel of w holds eight outputs: their
   * biases, what their weights are worth, and then for two inputs at a time two weights of each, of 16 bits.
   */
  multiplyWhole(
    x: number,
    w: number,
    y: number,
    yStride: number,
    rows: number,
    inner: number,
    panels: number,
  ): void;
  /**
   * y [rows × 8 panels] = x [rows × inner] · w. A panel of w holds eight outputs: their biases, then for each input
   * their eight weights.
   */
  multiply(
    x: number,
    xStride: number,
    w: number,
    y: number,
    yStride: number,
    rows: number,
    inner: number,
    panels: number,
  ): void;
  /** Each row of `width` bytes becomes exp(scale · x) as shares of one. */
  softmax(x: number, stride: number, rows: number, width: number, scale: number): void;
  /**
   * The same with `bias[kind]` added, a byte of `kinds` for each entry; the shares of each kind are summed up in the
   * row behind its `width` bytes. `spare` is room for LANES × RELATIONS floats, all 0, and is 0 again at the end.
   */
  relatedSoftmax(
    x: number,
    stride: number,
    rows: number,
    width: number,
    scale: number,
    kinds: number,
    bias: number,
    spare: number,
  ): void;
  /** y = x with each row of `width` bytes at mean 0 and variance 1, times gain, plus bias. */
  normalise(x: number, y: number, gain: number, bias: number, rows: number, width: number): void;
  /** x Φ(x), in place. */
  gelu(x: number, bytes: number): void;
  /** x += y. */
  add(x: number, y: number, bytes: number): void;
}

/** @param memory What all addresses mean. */
export function createKernels(memory: WebAssembly.Memory): Kernels {
  const bytes = assemble([
    multiply(),
    toWhole(),
    multiplyWhole(),
    softmax("softmax", false),
    softmax("relatedSoftmax", true),
    normalise(),
    gelu(),
    add(),
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as Kernels;
}

type EightLocals = [Local, Local, Local, Local, Local, Local, Local, Local];

const LEAST_EXPONENT = -86;

/**
 * exp(x) for x ≤ 0, within two units in the last place; below -86 as at -86. x = n ln 2 + r, and a polynomial for
 * exp(r): the constants of expf in Moshier's Cephes library. Leaves x in `x` changed.
 */
function exponential(x: Local, n: Local): Code {
  const { add, sub, mul } = f32x4;
  const powers = [1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5];
  const polynomial = powers.reduce<Code>(
    (sum, power) => add(mul(sum, get(x)), f32x4.const(power)),
    f32x4.const(1.98756915e-4),
  );
  const whole = sub(get(n), f32x4.const(ROUNDER));
  return [
    ...set(x, f32x4.pmax(get(x), f32x4.const(LEAST_EXPONENT))),
    ...set(n, add(mul(get(x), f32x4.const(Math.LOG2E)), f32x4.const(ROUNDER))),
    ...set(x, sub(get(x), mul(whole, f32x4.const(0.693359375)))),
    ...set(x, sub(get(x), mul(whole, f32x4.const(-2.1219444e-4)))),
    ...i32x4.add(
      add(add(mul(polynomial, mul(get(x), get(x))), get(x)), f32x4.const(1)),
      i32x4.shiftBits(get(n), 23),
    ),
  ];
}

function softmax(name: string, related: boolean): WasmFunction {
  const parameters = ["i32", "i32", "i32", "i32", "f32", "i32", "i32", "i32"] as const;
  return defineFunction(name, parameters.slice(0, related ? 8 : 5), (given, local) => {
    const [x, stride, rows, width, scale, kinds, bias, spare] = given as EightLocals;
    const [at, end, kind] = [local("i32"), local("i32"), local("i32")];
    const [value, other, most, sum] = [local("v128"), local("v128"), local("v128"), local("v128")];
    const scaled = f32x4.mul(f32x4.load(get(at)), f32x4.splat(get(scale)));
    const biased = related ? f32x4.add(scaled, gather(kind, bias)) : scaled;
    const nextKinds = related ? raise(kind, LANES) : [];
    return whileLoop(
      get(rows),
      set(end, i32.add(get(x), get(width))),
      set(most, f32x4.const(-3e38)),
      set(sum, f32x4.const(0)),
      related ? set(kind, get(kinds)) : [],
      overVectors(
        at,
        get(x),
        end,
        set(value, biased),
        f32x4.store(get(at), get(value)),
        set(most, f32x4.pmax(get(most), get(value))),
        nextKinds,
      ),
      set(most, f32x4.splat(acrossLanes(most, f32.max))),
      overVectors(
        at,
        get(x),
        end,
        set(value, f32x4.sub(f32x4.load(get(at)), get(most))),
        set(value, exponential(value, other)),
        f32x4.store(get(at), get(value)),
        set(sum, f32x4.add(get(sum), get(value))),
      ),
      set(sum, f32x4.splat(f32.div(f32.const(1), acrossLanes(sum, f32.add)))),
      related ? set(kind, get(kinds)) : [],
      overVectors(
        at,
        get(x),
        end,
        set(value, f32x4.mul(f32x4.load(get(at)), get(sum))),
        f32x4.store(get(at), get(value)),
        related ? scatter(kind, spare, value) : [],
        nextKinds,
      ),
      related ? [...set(kinds, get(kind)), ...sumUp(at, end, spare)] : [],
      raise(x, get(stride)),
      raise(rows, -1),
    );
  });
}

/** `table[kind]`, of the four bytes at `kind`. */
function gather(kind: Local, table: Local): Code {
  const address = (lane: number) => entry(table, i32.load8U(get(kind), lane));
  return [1, 2, 3].reduce(
    (found, lane) => f32x4.loadLane(address(lane), found, lane),
    f32x4.loadSplat(address(0)),
  );
}

function entry(table: Local, position: Code): Code {
  return i32.add(get(table), i32.shl(position, i32.const(2)));
}

const TABLE = RELATIONS * FLOAT;

/** `table[kind] += value`, in a table for each lane: else each sum would wait for the one before, which is often of its kind. */
function scatter(kind: Local, tables: Local, value: Local): Code {
  return [0, 1, 2, 3].flatMap((lane) => {
    const address = entry(tables, i32.load8U(get(kind), lane));
    const before = f32.load(address, lane * TABLE);
    return f32.store(address, f32.add(before, f32x4.lane(get(value), lane)), lane * TABLE);
  });
}

/** The four tables as one, written from `to` on; they are 0 again after. */
function sumUp(to: Local, end: Local, tables: Local): Code {
  const { add, load, store } = f32x4;
  const part = (lane: number) => load(get(tables), lane * TABLE);
  return [
    ...set(end, i32.add(get(to), i32.const(TABLE))),
    ...whileLoop(
      i32.ltU(get(to), get(end)),
      store(get(to), add(add(part(0), part(1)), add(part(2), part(3)))),
      ...[0, 1, 2, 3].map((lane) => store(get(tables), f32x4.const(0), lane * TABLE)),
      raise(to, VECTOR),
      raise(tables, VECTOR),
    ),
    ...raise(tables, -TABLE),
  ];
}

function normalise(): WasmFunction {
  const parameters = Array.from({ length: 6 }, () => "i32" as const);
  return defineFunction("normalise", parameters, (given, local) => {
    const [x, y, gain, bias, rows, width] = given as EightLocals;
    const [at, end, gainAt, biasAt] = [local("i32"), local("i32"), local("i32"), local("i32")];
    const [value, sum, mean, scale] = [local("v128"), local("v128"), local("v128"), local("v128")];
    const count = local("f32");
    const { add, sub, mul, load } = f32x4;
    return [
      ...set(count, f32.div(f32.ofUnsigned(get(width)), f32.const(FLOAT))),
      ...whileLoop(
        get(rows),
        set(end, i32.add(get(x), get(width))),
        set(sum, f32x4.const(0)),
        overVectors(at, get(x), end, set(sum, add(get(sum), load(get(at))))),
        set(mean, f32x4.splat(f32.div(acrossLanes(sum, f32.add), get(count)))),
        set(sum, f32x4.const(0)),
        overVectors(
          at,
          get(x),
          end,
          set(value, sub(load(get(at)), get(mean))),
          set(sum, add(get(sum), mul(get(value), get(value)))),
        ),
        set(scale, f32x4.splat(inverseRoot(f32.div(acrossLanes(sum, f32.add), get(count))))),
        set(gainAt, get(gain)),
        set(biasAt, get(bias)),
        overVectors(
          at,
          get(x),
          end,
          set(value, mul(sub(load(get(at)), get(mean)), get(scale))),
          f32x4.store(get(y), add(mul(get(value), load(get(gainAt))), load(get(biasAt)))),
          ...[y, gainAt, biasAt].map((one) => raise(one, VECTOR)),
        ),
        raise(x, get(width)),
        raise(rows, -1),
      ),
    ];
  });
}

function inverseRoot(variance: Code): Code {
  return f32.div(f32.const(1), f32.sqrt(f32.add(variance, f32.const(EPSILON))));
}

/** Φ by the error function of Abramowitz and Stegun 7.1.26, within 1.5e-7. */
function gelu(): WasmFunction {
  return defineFunction("gelu", ["i32", "i32"], ([x, bytes], local) => {
    const [at, end] = [local("i32"), local("i32")];
    const [value, size, t, power, n] = Array.from({ length: 5 }, () =>
      local("v128"),
    ) as EightLocals;
    const { add, sub, mul, div } = f32x4;
    const one = f32x4.const(1);
    const series = [-1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce<Code>(
      (sum, factor) => add(mul(sum, get(t)), f32x4.const(factor)),
      f32x4.const(1.061405429),
    );
    return [
      ...set(end, i32.add(get(x as Local), get(bytes as Local))),
      ...overVectors(
        at,
        get(x as Local),
        end,
        set(value, f32x4.load(get(at))),
        set(size, mul(f32x4.abs(get(value)), f32x4.const(Math.SQRT1_2))),
        set(t, div(one, add(one, mul(get(size), f32x4.const(0.3275911))))),
        set(power, f32x4.neg(mul(get(size), get(size)))),
        set(power, exponential(power, n)),
        // erf |x|, whose sign is that of x
        set(size, sub(one, mul(mul(series, get(t)), get(power)))),
        set(size, mul(get(size), f32x4.abs(get(value)))),
        f32x4.store(get(at), mul(f32x4.const(0.5), add(get(value), get(size)))),
      ),
    ];
  });
}

function add(): WasmFunction {
  return defineFunction("add", ["i32", "i32", "i32"], ([x, y, bytes], local) => {
    const [at, end] = [local("i32"), local("i32")];
    return [
      ...set(end, i32.add(get(x as Local), get(bytes as Local))),
      ...overVectors(
        at,
        get(x as Local),
        end,
        f32x4.store(get(at), f32x4.add(f32x4.load(get(at)), f32x4.load(get(y as Local)))),
        raise(y as Local, VECTOR),
      ),
    ];
  });
}
