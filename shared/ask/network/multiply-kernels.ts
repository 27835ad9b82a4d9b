/** The kernels that multiply matrices: of floats, and of whole numbers by the weights as they are shipped. */
import {
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
import { acrossLanes, FLOAT, overVectors, ROUNDER, VECTOR } from "./kernel-code.ts";

/** Outputs that are computed together; rows of matrices are padded to a multiple of it. */
export const PANEL = 8;
/** Rows that are computed together: 4 × 8 sums and what feeds them fit the sixteen registers of x64. */
const ROWS = 4;
/** Of what is multiplied in one turn of the loop, so many steps are written out one after the other. */
const UNROLLED = 4;
/** Of a whole number of 16 bits. */
const HALF = 2;
/** The largest of them, of either sign. */
const MOST_WHOLE = 32_767;
/** A row of whole numbers begins with what each of them is worth, in every lane. */
const WORTH = VECTOR;
const PANEL_ROW = PANEL * FLOAT;

/** Stands in for the largest of a row that is all 0. */
const LEAST_MOST = 1e-30;

/** Bytes of a row of so many whole numbers, and of what they are worth. */
export function wholeRowBytes(inner: number): number {
  return WORTH + inner * HALF;
}

/** Bytes of a panel of whole numbers. */
export function wholePanelBytes(inner: number): number {
  return 2 * PANEL_ROW + inner * PANEL * HALF;
}

type Locals = [Local, Local, Local, Local, Local, Local, Local, Local];

export function multiply(): WasmFunction {
  const parameters = Array.from({ length: 8 }, () => "i32" as const);
  return defineFunction("multiply", parameters, (given, local) => {
    const [x, xStride, w, y, yStride, rows, inner, panels] = given as Locals;
    const panelSize = local("i32");
    return [
      ...set(panelSize, i32.mul(i32.add(get(inner), i32.const(1)), i32.const(PANEL_ROW))),
      ...overPanels({ x, xStride, w, y, yStride, rows, panels, panelSize }, local, (places) =>
        rowBlock({ ...places, inner }, local),
      ),
    ];
  });
}

interface Panels {
  readonly x: Local;
  readonly xStride: Local;
  readonly w: Local;
  readonly y: Local;
  readonly yStride: Local;
  readonly rows: Local;
  readonly panels: Local;
  readonly panelSize: Local;
}

type NewLocal = (type: "i32" | "v128") => Local;
type Block = (count: number) => Code;

/** Panel by panel, and of each some rows at a time. */
function overPanels(
  { x, xStride, w, y, yStride, rows, panels, panelSize }: Panels,
  local: NewLocal,
  blockAt: (places: Omit<Places, "inner">) => Block,
): Code {
  const [xRow, yRow, left] = [local("i32"), local("i32"), local("i32")];
  const block = blockAt({ xRow, xStride, w, yRow, yStride });
  return whileLoop(
    get(panels),
    set(xRow, get(x)),
    set(yRow, get(y)),
    set(left, get(rows)),
    whileLoop(i32.geU(get(left), i32.const(ROWS)), block(ROWS), raise(left, -ROWS)),
    whileLoop(get(left), block(1), raise(left, -1)),
    raise(w, get(panelSize)),
    raise(y, PANEL_ROW),
    raise(panels, -1),
  );
}

/** What a block of rows is computed in. */
function rowsOf(
  local: NewLocal,
): readonly { readonly x: Local; readonly sums: readonly Local[] }[] {
  return Array.from({ length: ROWS }, () => ({
    x: local("i32"),
    sums: [local("v128"), local("v128")],
  }));
}

interface Places {
  readonly xRow: Local;
  readonly xStride: Local;
  readonly w: Local;
  readonly yRow: Local;
  readonly yStride: Local;
  readonly inner: Local;
}

/** Code for the next `count` rows over one panel; moves xRow and yRow on. */
function rowBlock({ xRow, xStride, w, yRow, yStride, inner }: Places, local: NewLocal): Block {
  const all = rowsOf(local);
  const weights = [local("v128"), local("v128")];
  const [wAt, left] = [local("i32"), local("i32")];
  return (count) => {
    const rows = all.slice(0, count);
    const inputs = (many: number): Code => [
      ...Array.from({ length: many }, (_, input) => [
        ...weights.flatMap((half, at) =>
          set(half, f32x4.load(get(wAt), input * PANEL_ROW + at * VECTOR)),
        ),
        ...rows.flatMap(({ x, sums }) =>
          sums.flatMap((sum, at) =>
            set(
              sum,
              f32x4.add(
                get(sum),
                f32x4.mul(f32x4.loadSplat(get(x), input * FLOAT), get(weights[at] as Local)),
              ),
            ),
          ),
        ),
      ]).flat(),
      ...rows.flatMap(({ x }) => raise(x, many * FLOAT)),
      ...raise(wAt, many * PANEL_ROW),
      ...raise(left, -many),
    ];
    return [
      ...set(left, get(inner)),
      ...set(wAt, i32.add(get(w), i32.const(PANEL_ROW))),
      ...rows.flatMap(({ x, sums }) => [
        ...set(x, get(xRow)),
        ...raise(xRow, get(xStride)),
        ...sums.flatMap((sum, at) => set(sum, f32x4.load(get(w), at * VECTOR))),
      ]),
      ...whileLoop(i32.geU(get(left), i32.const(UNROLLED)), inputs(UNROLLED)),
      ...whileLoop(get(left), inputs(1)),
      ...rows.flatMap(({ sums }) => [
        ...sums.flatMap((sum, at) => f32x4.store(get(yRow), get(sum), at * VECTOR)),
        ...raise(yRow, get(yStride)),
      ]),
    ];
  };
}

export function toWhole(): WasmFunction {
  const parameters = Array.from({ length: 5 }, () => "i32" as const);
  return defineFunction("toWhole", parameters, (given, local) => {
    const [x, xStride, y, rows, inner] = given as Locals;
    const [at, end] = [local("i32"), local("i32")];
    const [most, factor] = [local("v128"), local("v128")];
    const whole = (offset: number): Code =>
      i32x4.sub(
        f32x4.add(f32x4.mul(f32x4.load(get(at), offset), get(factor)), f32x4.const(ROUNDER)),
        f32x4.const(ROUNDER),
      );
    return whileLoop(
      get(rows),
      set(end, i32.add(get(x), i32.mul(get(inner), i32.const(FLOAT)))),
      set(most, f32x4.const(LEAST_MOST)),
      overVectors(at, get(x), end, set(most, f32x4.max(get(most), f32x4.abs(f32x4.load(get(at)))))),
      set(most, f32x4.splat(acrossLanes(most, f32.max))),
      set(factor, f32x4.div(f32x4.const(MOST_WHOLE), get(most))),
      f32x4.store(get(y), f32x4.div(get(most), f32x4.const(MOST_WHOLE))),
      raise(y, WORTH),
      set(at, get(x)),
      whileLoop(
        i32.ltU(get(at), get(end)),
        f32x4.store(get(y), i32x4.narrow(whole(0), whole(VECTOR))),
        raise(at, 2 * VECTOR),
        raise(y, VECTOR),
      ),
      raise(x, get(xStride)),
      raise(rows, -1),
    );
  });
}

export function multiplyWhole(): WasmFunction {
  const parameters = Array.from({ length: 7 }, () => "i32" as const);
  return defineFunction("multiplyWhole", parameters, (given, local) => {
    const [x, w, y, yStride, rows, inner, panels] = given as Locals;
    const [xStride, panelSize] = [local("i32"), local("i32")];
    const bytes = i32.mul(get(inner), i32.const(HALF));
    return [
      ...set(xStride, i32.add(bytes, i32.const(WORTH))),
      ...set(
        panelSize,
        i32.add(i32.mul(get(inner), i32.const(PANEL * HALF)), i32.const(2 * PANEL_ROW)),
      ),
      ...overPanels({ x, xStride, w, y, yStride, rows, panels, panelSize }, local, (places) =>
        wholeRowBlock({ ...places, inner }, local),
      ),
    ];
  });
}

/** As `rowBlock`, of whole numbers, two inputs at a time: their products are exact. */
function wholeRowBlock({ xRow, xStride, w, yRow, yStride, inner }: Places, local: NewLocal): Block {
  const all = rowsOf(local);
  const weights = [local("v128"), local("v128")];
  const two = local("v128");
  const [wAt, left] = [local("i32"), local("i32")];
  const PAIR = 2 * HALF;
  return (count) => {
    const rows = all.slice(0, count);
    const pairs = Array.from({ length: UNROLLED }, (_, pair) => [
      ...weights.flatMap((half, at) =>
        set(half, f32x4.load(get(wAt), pair * PANEL_ROW + at * VECTOR)),
      ),
      ...rows.flatMap(({ x, sums }) => [
        ...set(two, f32x4.loadSplat(get(x), pair * PAIR)),
        ...sums.flatMap((sum, at) =>
          set(sum, i32x4.add(get(sum), i32x4.dot(get(two), get(weights[at] as Local)))),
        ),
      ]),
    ]).flat();
    return [
      ...set(left, get(inner)),
      ...set(wAt, i32.add(get(w), i32.const(2 * PANEL_ROW))),
      ...rows.flatMap(({ x, sums }) => [
        ...set(x, i32.add(get(xRow), i32.const(WORTH))),
        ...raise(xRow, get(xStride)),
        ...sums.flatMap((sum) => set(sum, i32x4.const(0))),
      ]),
      ...whileLoop(
        get(left),
        pairs,
        ...rows.map(({ x }) => raise(x, UNROLLED * PAIR)),
        raise(wAt, UNROLLED * PANEL_ROW),
        raise(left, -2 * UNROLLED),
      ),
      // Each x is a row further on than where its row begins.
      ...rows.flatMap(({ x, sums }) => [
        ...sums.flatMap((sum, at) => {
          const worth = f32x4.mul(
            f32x4.load(get(w), PANEL_ROW + at * VECTOR),
            f32x4.load(i32.sub(get(x), get(xStride))),
          );
          const bias = f32x4.load(get(w), at * VECTOR);
          const value = f32x4.add(f32x4.mul(f32x4.ofIntegers(get(sum)), worth), bias);
          return f32x4.store(get(yRow), value, at * VECTOR);
        }),
        ...raise(yRow, get(yStride)),
      ]),
    ];
  };
}
