/** Code that several kernels are made of. Four floats are a vector. */
import { type Code, f32x4, get, i32, type Local, raise, set, whileLoop } from "./assembler.ts";

export const FLOAT = 4;
export const LANES = 4;
export const VECTOR = LANES * FLOAT;
/** 1.5 · 2²³: what is added to it is rounded to a whole number, which its lowest bits then hold. */
export const ROUNDER = 12_582_912;

/** Over `at`, from `start` to before `end`, a vector at a time. */
export function overVectors(at: Local, start: Code, end: Local, ...body: readonly Code[]): Code {
  return [...set(at, start), ...whileLoop(i32.ltU(get(at), get(end)), ...body, raise(at, VECTOR))];
}

export function acrossLanes(value: Local, combine: (left: Code, right: Code) => Code): Code {
  const lane = (at: number) => f32x4.lane(get(value), at);
  return combine(combine(lane(0), lane(1)), combine(lane(2), lane(3)));
}
