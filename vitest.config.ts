/** Vitest: every test file in a process of its own kind, two at a time, over the real parts that globalSetup starts. */
import { readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import { defineConfig } from "vitest/config";
import { closingLine } from "./tests/support/closing-line.ts";

const webFolder = `${resolve("web")}${sep}`;

/** What esbuild takes in as text for the server, Vitest takes in as text too. */
const webText = {
  name: "web-text",
  enforce: "pre" as const,
  load(id: string) {
    return id.startsWith(webFolder)
      ? `export default ${JSON.stringify(readFileSync(id, "utf8"))};`
      : undefined;
  },
};

export default defineConfig({
  plugins: [webText],
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", closingLine],
  },
});
