/** The memory that the kernels work in: the weights, which stay, and behind them room for what a question needs. */
import { createKernels, type Kernels } from "./kernels.ts";

export interface Workspace {
  readonly kernels: Kernels;
  /** Room for floats that stay, all 0. Returns its address. @throws Error inside `borrow`. */
  keep(floats: number): number;
  /** Gives back what `work` takes, at its end. May be nested. */
  borrow<T>(work: () => T): T;
  /** Room for floats, whatever they are, until the innermost `borrow` ends. Returns its address. */
  take(floats: number): number;
  /** What lies at an address. May be used until the next `keep` or `take`: memory that grows is another buffer. */
  floats(address: number, length: number): Float32Array;
  bytes(address: number, length: number): Uint8Array;
  /** Whole numbers of 16 bits. */
  halves(address: number, length: number): Int16Array;
  readonly sizeBytes: number;
}

const PAGE = 65_536;
/** Memory grows by as many pages at once, so that it seldom does. */
const GROWTH = 16;
/** Blocks begin where a line of the processor's cache does. */
const LINE = 64;
const FLOAT = 4;

export function createWorkspace(): Workspace {
  const memory = new WebAssembly.Memory({ initial: GROWTH });
  // Address 0 is left alone: a mistaken zero then meets nobody's numbers.
  let top = LINE;
  let borrowers = 0;
  const room = (floats: number): number => {
    const address = top;
    top += Math.ceil((floats * FLOAT) / LINE) * LINE;
    const missing = top - memory.buffer.byteLength;
    if (missing > 0) {
      memory.grow(Math.max(GROWTH, Math.ceil(missing / PAGE)));
    }
    return address;
  };
  const floats = (address: number, length: number) =>
    new Float32Array(memory.buffer, address, length);
  return {
    kernels: createKernels(memory),
    keep: (length) => {
      if (borrowers > 0) {
        throw new Error("what stays cannot lie behind what is given back");
      }
      const address = room(length);
      // Something that was borrowed may have lain there before.
      floats(address, length).fill(0);
      return address;
    },
    borrow: (work) => {
      const before = top;
      borrowers += 1;
      try {
        return work();
      } finally {
        top = before;
        borrowers -= 1;
      }
    },
    take: room,
    floats,
    bytes: (address, length) => new Uint8Array(memory.buffer, address, length),
    halves: (address, length) => new Int16Array(memory.buffer, address, length),
    get sizeBytes() {
      return memory.buffer.byteLength;
    },
  };
}
