/**
 * Run as a process of its own: loads dist/main.mjs as the Functions worker does, under an emulated core module, and
 * prints what it registered and what it tried to reach. It ends by itself only if loading left nothing running.
 */
import { Socket } from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createCoreRegistry, provideCoreModule } from "../../local/host/core-module.ts";

export interface LoadReport {
  readonly functions: readonly {
    readonly name: string;
    readonly bindings: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly hooks: readonly string[];
  readonly connections: number;
  readonly loadMs: number;
}

let connections = 0;
const { connect } = Socket.prototype;
Socket.prototype.connect = function counted(this: Socket, ...args: unknown[]) {
  connections += 1;
  return Reflect.apply(connect, this, args);
} as typeof connect;

const registry = createCoreRegistry(() => undefined);
provideCoreModule(registry.module);
const started = performance.now();
await import(pathToFileURL(resolve("dist/main.mjs")).href);
const loadMs = performance.now() - started;
// What an entry file starts without awaiting it would show within a moment.
await new Promise((later) => setTimeout(later, 50));
const report: LoadReport = {
  functions: [...registry.functions.values()].map(({ metadata }) => ({
    name: metadata.name,
    bindings: Object.values(metadata.bindings),
  })),
  hooks: Object.entries(registry.hooks)
    .filter(([, callbacks]) => callbacks.length > 0)
    .map(([name]) => name),
  connections,
  loadMs,
};
console.log(JSON.stringify(report));
