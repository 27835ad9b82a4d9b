/** The documents keep to what there is: ids of built promises, files and modules that exist, runbooks that alerts name. */
// covers: DOC-02
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requirements } from "../requirements.ts";
import { ROOT } from "../support/source-tree.ts";

const readText = (path: string) => readFileSync(join(ROOT, path), "utf8");
const pages = ["docs/operations.md", "docs/security.md", "docs/architecture.md"];

describe("the documents", () => {
  it("of security cite promises that are built", () => {
    const built = new Set(
      requirements.filter(({ status }) => status === "built").map(({ id }) => id),
    );
    const cited = pages.flatMap((page) => readText(page).match(/\b[A-Z]{2,8}-\d\d\b/g) ?? []);
    expect(cited.length).toBeGreaterThan(20);
    expect(cited.filter((id) => !built.has(id))).toEqual([]);
  });

  it("of operations have every runbook that an alert names", () => {
    const named = [...readText("infra/modules/alerts.bicep").matchAll(/runbook "([^"]+)"/g)];
    expect(named.length).toBeGreaterThan(3);
    const headings = readText("docs/operations.md").match(/^### .*$/gm) ?? [];
    for (const [, title] of named) expect(headings).toContain(`### ${title}`);
  });

  it("name modules, files and npm scripts that exist", () => {
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
    const modules = new Set(readdirSync(join(ROOT, "infra/modules")));
    for (const page of pages) {
      const text = readText(page);
      for (const [, name = ""] of text.matchAll(/`(?:modules\/)?([a-z-]+\.bicep)`/g))
        expect(modules.has(name) || name === "main.bicep", `${page}: ${name}`).toBe(true);
      for (const [, path = ""] of text.matchAll(
        /`((?:infra|tests|docs|shared|scripts|functions)\/[\w./-]+)`/g,
      ))
        if (!path.includes("*"))
          expect(existsSync(join(ROOT, path)), `${page}: ${path}`).toBe(true);
      for (const [, name = ""] of text.matchAll(/npm run ([a-z-]+)/g))
        expect(scripts[name], `${page}: npm run ${name}`).toBeDefined();
    }
  });

  it("name parameters of the infrastructure that exist", () => {
    const bicep = [
      "main.bicep",
      ...readdirSync(join(ROOT, "infra/modules")).map((name) => `modules/${name}`),
    ]
      .map((path) => readText(`infra/${path}`))
      .join("\n");
    for (const [, group, name] of readText("docs/operations.md").matchAll(
      /`(scale|database|storage|logs|alerting|settings)\.(?!bicep)(\w+)`/g,
    ))
      expect(bicep, `${group}.${name}`).toMatch(new RegExp(`\\b${name}:`));
  });
});
