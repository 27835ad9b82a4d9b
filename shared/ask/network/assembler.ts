/**
 * As much of a WebAssembly assembler as the kernels need: expressions in, the bytes of a module out.
 * Numbers are those of the WebAssembly core specification 2.0, chapter 5 (binary format).
 */

/** Bytes of instructions. */
export type Code = readonly number[];

const valueTypes = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** A parameter or local variable of the function it was made for. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly code: Code;
}

/** A function without a result. @param body Is given the parameters, and a maker of further locals. */
export function defineFunction(
  name: string,
  parameters: readonly ValueType[],
  body: (parameters: readonly Local[], local: (type: ValueType) => Local) => Code,
): WasmFunction {
  const locals: ValueType[] = [];
  const own = parameters.map((type, index) => ({ index, type }));
  const code = body(own, (type) => {
    locals.push(type);
    return { index: parameters.length + locals.length - 1, type };
  });
  return { name, parameters, locals, code };
}

/** LEB128, unsigned. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128, signed. */
function signed(value: number): Code {
  const rest = value >> 7;
  const last = (rest === 0 && (value & 0x40) === 0) || (rest === -1 && (value & 0x40) !== 0);
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
}

function float(value: number): Code {
  return [...new Uint8Array(new Float32Array([value]).buffer)];
}

const unary =
  (...opcode: readonly number[]) =>
  (value: Code): Code => [...value, ...opcode];

const binary =
  (...opcode: readonly number[]) =>
  (left: Code, right: Code): Code => [...left, ...right, ...opcode];

/** Of a vector instruction: a prefix, then its number. */
const vector = (number: number): Code => [0xfd, ...unsigned(number)];

/** What a load or store says of its place: alignment as a power of two (0 promises none), then the offset. */
const place = (offset: number): Code => [0, ...unsigned(offset)];

export const get = (local: Local): Code => [0x20, ...unsigned(local.index)];
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local.index)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  shl: binary(0x74),
  ltU: binary(0x49),
  geU: binary(0x4f),
  load8U: (address: Code, offset = 0): Code => [...address, 0x2d, ...place(offset)],
} as const;

export const f32 = {
  const: (value: number): Code => [0x43, ...float(value)],
  add: binary(0x92),
  mul: binary(0x94),
  div: binary(0x95),
  max: binary(0x97),
  sqrt: unary(0x91),
  ofUnsigned: unary(0xb3),
  load: (address: Code, offset = 0): Code => [...address, 0x2a, ...place(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    0x38,
    ...place(offset),
  ],
} as const;

/** Four floats at a time. */
export const f32x4 = {
  const: (value: number): Code => [...f32.const(value), ...vector(0x13)],
  splat: unary(...vector(0x13)),
  lane: (value: Code, lane: number): Code => [...value, ...vector(0x1f), lane],
  abs: unary(...vector(0xe0)),
  neg: unary(...vector(0xe1)),
  add: binary(...vector(0xe4)),
  sub: binary(...vector(0xe5)),
  mul: binary(...vector(0xe6)),
  div: binary(...vector(0xe7)),
  /** No number where either is none. */
  max: binary(...vector(0xe9)),
  /** The first where the second is no number. */
  pmax: binary(...vector(0xeb)),
  ofIntegers: unary(...vector(0xfa)),
  load: (address: Code, offset = 0): Code => [...address, ...vector(0x00), ...place(offset)],
  /** One float, four times. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...vector(0x09), ...place(offset)],
  /** One float into one lane of `value`. */
  loadLane: (address: Code, value: Code, lane: number): Code => [
    ...address,
    ...value,
    ...vector(0x54 + 2),
    ...place(0),
    lane,
  ],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...vector(0x0b),
    ...place(offset),
  ],
} as const;

/** Four whole numbers at a time. */
export const i32x4 = {
  const: (value: number): Code => [...i32.const(value), ...vector(0x11)],
  add: binary(...vector(0xae)),
  sub: binary(...vector(0xb1)),
  /** Of two vectors of eight whole numbers of 16 bits: each product, two neighbours added up. */
  dot: binary(...vector(0xba)),
  /** Two vectors as one of eight whole numbers of 16 bits. */
  narrow: binary(...vector(0x85)),
  shiftBits: (value: Code, by: number): Code => [...value, ...i32.const(by), ...vector(0xab)],
} as const;

export const raise = (local: Local, by: number | Code): Code =>
  set(local, i32.add(get(local), typeof by === "number" ? i32.const(by) : by));

/** Runs `body` while `condition` holds, which is asked first. */
export const whileLoop = (condition: Code, ...body: readonly Code[]): Code => [
  // block · (loop · leave the block unless it holds … again)
  ...[0x02, 0x40, 0x03, 0x40],
  ...condition,
  ...[0x45, 0x0d, 1],
  ...body.flat(),
  ...[0x0c, 0, 0x0b, 0x0b],
];

/** A module that imports the memory `env.memory` and exports the functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(parameters.map((type) => [valueTypes[type]])),
    ...list([]),
  ]);
  const exported = functions.map(({ name }, at) => [...text(name), 0x00, ...unsigned(at)]);
  const bodies = functions.map(({ locals, code }) => {
    const body = [...list(locals.map((type) => [1, valueTypes[type]])), ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [[...text("env"), ...text("memory"), 0x02, 0x00, ...unsigned(1)]]),
    ...section(
      3,
      functions.map((_, at) => unsigned(at)),
    ),
    ...section(7, exported),
    ...section(10, bodies),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): Code {
  return list([...new TextEncoder().encode(name)].map((byte) => [byte]));
}
