/** The workflows: nothing is allowed that is not named, nothing is run that is not pinned. */
// covers: DEPLOY-12
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ROOT } from "../support/source-tree.ts";

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: Readonly<Record<string, string>>;
        readonly "timeout-minutes": number;
        readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
      }
    >
  >;
}

const folder = join(ROOT, ".github/workflows");
const names = readdirSync(folder).sort();

describe("the workflows", () => {
  it("check, test, package, lint Bicep, review dependencies, look for holes and release with provenance", () => {
    expect(names).toEqual(["ci.yml", "codeql.yml", "dependency-review.yml", "release.yml"]);
    const all = names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
    for (const step of [
      "bash .ci/run",
      "npm run package",
      "az bicep lint",
      "attest-build-provenance",
    ])
      expect(all).toContain(step);
  });

  it.each(names)("%s allows nothing at the top, and each job what it names", (name) => {
    const workflow = parse(readFileSync(join(folder, name), "utf8")) as Workflow;
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(Object.keys(job.permissions).length).toBeGreaterThan(0);
      expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
    }
  });

  it.each(names)("%s pins every action by commit, with its version beside it", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const uses = text.split("\n").filter((line) => /\buses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses)
      expect(line).toMatch(/uses: [\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(names)("%s puts nothing of a pull request into a command", (name) => {
    const workflow = parse(readFileSync(join(folder, name), "utf8")) as Workflow;
    const commands = Object.values(workflow.jobs).flatMap(({ steps }) =>
      steps.map(({ run }) => run),
    );
    for (const command of commands) expect(command ?? "").not.toContain("${{");
  });
});
