/** Types of the Emscripten factory inside libpg-query, which the package ships without any. */
declare module "libpg-query/wasm/libpg-query.js" {
  export interface PgQueryWasm {
    readonly HEAPU8: Uint8Array;
    _malloc(size: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(sql: number): number;
    _wasm_free_parse_result(result: number): void;
    getValue(pointer: number, type: "i32"): number;
  }

  export interface PgQueryWasmOptions {
    instantiateWasm(
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object;
  }

  const createPgQueryWasm: (options: PgQueryWasmOptions) => Promise<PgQueryWasm>;
  export default createPgQueryWasm;
}

/** The few WebAssembly names used here; they live in TypeScript's DOM library, which a server does not load. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
