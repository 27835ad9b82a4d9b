/** The Snowflake scripts of infra/: every statement may run again, and the platform's user is as narrow as promised. */
// covers: DEPLOY-11
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/source-tree.ts";

const folder = join(ROOT, "infra/snowflake");
const files = readdirSync(folder).sort();
const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
/** Without comments, which say what the statements do not. */
const codeOf = (name: string) => textOf(name).replace(/--[^\n]*/g, "");
const all = files.map(codeOf).join("\n");

/** Statements by semicolon; a block between two dollar signs is part of one. */
const statementsOf = (code: string): readonly string[] =>
  [...code.matchAll(/(?:\$\$[\s\S]*?\$\$|[^;$])+;/g)].map(([statement]) =>
    statement.trim().replace(/\s+/g, " "),
  );

describe("the Snowflake scripts", () => {
  it("go in the order of their numbers and say as whom they run", () => {
    expect(files.map((name) => name.slice(0, 2))).toEqual(["01", "02", "03", "04"]);
    for (const name of files) expect(statementsOf(codeOf(name))[0]).toBe("USE ROLE ACCOUNTADMIN;");
  });

  it("may run again: what is made is made if it is not there, and nothing is dropped or made anew", () => {
    const statements = statementsOf(all);
    expect(statements.length).toBeGreaterThan(40);
    const again = /^(USE ROLE|GRANT|ALTER|MERGE|EXECUTE IMMEDIATE|CREATE .*?IF NOT EXISTS) /;
    expect(statements.filter((one) => !again.test(one))).toEqual([]);
    expect(all).not.toMatch(/\bDROP\b|OR REPLACE|TRUNCATE|DELETE FROM/);
    // Attaching it twice is an error, so it is looked for first, in a block.
    expect(statements.filter((one) => /^ALTER .* ADD ROW ACCESS/.test(one))).toEqual([]);
  });

  it("hold no password and no key, and give the platform no role that administers", () => {
    expect(all).not.toMatch(/PASSWORD\s*=|PRIVATE KEY|MII[A-Za-z0-9+/]{20}/);
    const granted = [...all.matchAll(/GRANT ROLE (\w+) TO USER MCP_SERVICE/g)];
    expect(granted.map((match) => match[1])).toEqual(["MCP_READER", "MCP_WRITER"]);
    expect(all).not.toMatch(/GRANT (ALL|OWNERSHIP)/);
  });

  it("let the reader see views only, and the writer write its two tables only", () => {
    const grantsOf = (role: string) =>
      statementsOf(all)
        .filter((one) => one.endsWith(`TO ROLE ${role};`) && !one.startsWith("GRANT USAGE"))
        .map((one) => one.slice(0, one.indexOf(" TO ROLE")));
    expect(grantsOf("MCP_READER")).toEqual([
      "GRANT SELECT ON ALL VIEWS IN SCHEMA MCP.SHOWN",
      "GRANT SELECT ON FUTURE VIEWS IN SCHEMA MCP.SHOWN",
    ]);
    expect(grantsOf("MCP_WRITER")).toEqual([
      "GRANT INSERT ON TABLE MCP.KEPT.QUERY_METRICS",
      "GRANT INSERT ON TABLE MCP.KEPT.PREDICTIONS",
      "GRANT UPDATE ON TABLE MCP.KEPT.PREDICTIONS",
    ]);
  });

  it.each([
    "ROLE",
    "USER",
    "NETWORK POLICY",
    "SECURE VIEW",
    "ROW ACCESS POLICY",
    "MASKING POLICY",
    "WAREHOUSE",
    "RESOURCE MONITOR",
    "TABLE",
  ])("make a %s", (what) => {
    expect(all).toContain(`CREATE ${what} IF NOT EXISTS`);
  });
});
