/** More of the WebAssembly names that TypeScript keeps in its DOM library: what the network's kernels need. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Memory {
    /** In pages of 64 KiB. */
    constructor(size: { readonly initial: number });
    /** Another one after every growth; the one before is detached. */
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
}
