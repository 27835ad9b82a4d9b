/** Who shares an answer, what a schema shows, how long policies are remembered, and what is said of errors. */
// covers: POL-07, POL-08, POL-09
import { describe, expect, it } from "vitest";
import { AppError } from "../../../shared/kernel/app-error.ts";
import type { Principal } from "../../../shared/kernel/context.ts";
import { createPolicyMemory } from "../../../shared/policy/policy-memory.ts";
import type { PolicedSource, Policy } from "../../../shared/policy/ports.ts";
import type { JsonValue, SourceSchema, SqlDialect } from "../../../shared/sources/ports.ts";
import { manualClock } from "../../support/call-context.ts";
import { grant, openPolicies, principal } from "../../support/policy-bench.ts";

const column = (name: string, values?: string[]) => ({
  name,
  type: "text",
  nullable: true,
  ...(values && { values }),
});
const table = (name: string, part: Partial<SourceSchema["tables"][number]> = {}) => ({
  schema: "public",
  name,
  kind: "table" as const,
  columns: [column("id"), column("team", ["red", "blue"]), column("secret", ["x", "y"])],
  primaryKey: ["id"],
  foreignKeys: [],
  estimatedRows: 100,
  ...part,
});
const reference = (to: string) => ({
  columns: ["team"],
  references: { schema: "public", table: to, columns: ["id"] },
});
const schema: SourceSchema = {
  version: "v1",
  tables: [
    table("open", { foreignKeys: [reference("hidden"), reference("filtered")] }),
    table("filtered"),
    table("masked", { primaryKey: ["secret"] }),
    table("hidden"),
    table("elsewhere", { schema: "other" }),
  ],
};
const source = (
  config: Record<string, JsonValue> = {},
  dialect: SqlDialect = "postgres",
): PolicedSource => ({
  record: { sourceId: "s", type: "kind", config, builtin: false, createdAt: "2026" },
  adapter: { dialect },
});
const policies: readonly Policy[] = [
  grant("open"),
  grant("filtered", {
    rowFilter: "team = {principal.team}",
    columns: { kind: "allow", names: ["id", "team"] },
  }),
  grant("masked", { masks: { secret: { kind: "hash", filterable: false } } }),
];
const access = async (who: Principal, own = policies, of: PolicedSource = source()) =>
  (await openPolicies(own)).engine.access(of, who, schema);
const red = principal({ attributes: { team: "red", desk: "1" } });

describe("a fingerprint", () => {
  it("is shared by those who see the same, by whatever name, and by no others", async () => {
    const print = async (who: Principal, own = policies) => (await access(who, own)).fingerprint;
    const own = await print(red);
    expect(
      await print(principal({ id: "key:other", attributes: { team: "red", desk: "2" } })),
    ).toBe(own);
    expect(
      await print(
        red,
        policies.map((one) => ({ ...one, policyId: `${one.policyId}x`, updatedAt: 9 })),
      ),
    ).toBe(own);
    const others = [
      await print(principal({ attributes: { team: "blue" } })),
      await print(principal()),
      await print(principal({ roles: [], attributes: { team: "red" } })),
      await print(principal({ permissions: new Set(["admin"]) })),
      await print(red, policies.slice(1)),
      await print(red, [...policies.slice(0, 2), grant("masked")]),
    ];
    expect(new Set([own, ...others]).size).toBe(others.length + 1);
  });

  it("counts every attribute where the source is told them all", async () => {
    const told = source({ pass_attributes: true });
    const one = await access(red, [], told);
    const other = await access(principal({ attributes: { team: "red", desk: "2" } }), [], told);
    expect(one.session).toEqual({
      id: "key:k",
      owner: "alice",
      team: "red",
      desk: "1",
    });
    expect(one.fingerprint).not.toBe(other.fingerprint);
    expect((await access(red, [])).session).toBeNull();
  });

  it("cannot be had by an attribute that calls itself id or owner", async () => {
    const told = source({ pass_attributes: true });
    const liar = await access(
      principal({ attributes: { id: "key:root", owner: "root" } }),
      [],
      told,
    );
    expect(liar.session).toMatchObject({ id: "key:k", owner: "alice" });
  });
});

describe("a schema", () => {
  it("has what the caller sees, and no values, counts or keys of what they do not", async () => {
    const { tables, version } = (await access(red)).schema;
    expect(tables.map((one) => one.name)).toEqual(["open", "filtered", "masked"]);
    const [open, filtered, masked] = tables;
    expect(open).toMatchObject({ estimatedRows: 100, primaryKey: ["id"] });
    expect(open?.foreignKeys.map((key) => key.references.table)).toEqual(["filtered"]);
    expect(filtered).not.toHaveProperty("estimatedRows");
    expect(filtered?.columns).toEqual([column("id"), column("team")]);
    expect(masked?.columns).toEqual([
      column("id"),
      column("team", ["red", "blue"]),
      // No key is read off its name, either.
      { ...column("secret"), masked: true },
    ]);
    expect(masked?.primaryKey).toEqual([]);
    expect(version).not.toBe(schema.version);
  });

  it("grants a whole schema by one policy, and no other schema", async () => {
    const { tables } = (await access(red, [grant("*")])).schema;
    expect(tables.map((one) => one.name)).toEqual(["open", "filtered", "masked", "hidden"]);
  });

  it("is empty for whoever holds no role of the source, whatever its dialect", async () => {
    expect((await access(principal({ roles: [] }))).schema.tables).toEqual([]);
    for (const dialect of ["duckdb", "snowflake"] as const) {
      const of = source({}, dialect);
      expect((await access(principal({ roles: [] }), policies, of)).schema.tables).toEqual([]);
      expect((await access(red, policies, of)).schema.tables).toHaveLength(3);
    }
  });
});

describe("examples", () => {
  it("are those that read only what the caller sees, and the same array for the same one", async () => {
    const { engine } = await openPolicies(policies);
    const all = [
      "SELECT id FROM open",
      "SELECT id FROM hidden",
      "SELECT secret FROM filtered",
      "SELECT 1 FROM masked WHERE secret = 'x'",
    ].map((sql) => ({ sql }));
    const one = await engine.access(source(), red, schema);
    expect(await one.readable(all)).toEqual([all[0]]);
    const again = await engine.access(source(), red, schema);
    expect(await one.readable(all)).toBe(await again.readable(all));
  });
});

describe("policies in memory", () => {
  it("are read again after five seconds, or at once when told to, and keep their array while they stay", async () => {
    const { store, memory, clock } = await openPolicies(policies);
    const before = await memory.forSource("s");
    await store.put(grant("hidden", { policyId: "zz" }));
    clock.advance(4_999);
    expect(await memory.forSource("s")).toBe(before);
    clock.advance(1);
    const after = await memory.forSource("s");
    expect(after).toHaveLength(4);
    memory.forget();
    expect(await memory.forSource("s")).toBe(after);
    await store.remove("zz");
    memory.forget();
    expect(await memory.forSource("s")).toHaveLength(3);
    expect(await memory.forSource("other")).toBe(await memory.forSource("another"));
  });

  it("that cannot be read let nothing through, and are asked for again", async () => {
    let broken = true;
    const list = async () => {
      if (broken) throw new AppError("metadata_unavailable", "gone");
      return policies;
    };
    const memory = createPolicyMemory({ store: { list }, clock: manualClock() });
    await expect(memory.forSource("s")).rejects.toMatchObject({ code: "metadata_unavailable" });
    broken = false;
    expect(await memory.forSource("s")).toHaveLength(3);
  });
});

describe("an error of the source", () => {
  const asked = { sql: "SELECT 1", tables: [] };

  it("keeps its code and loses its words, which may quote a hidden value", async () => {
    const { veil } = await access(red);
    const codes = ["query_failed", "sql_parameters", "sql_syntax", "table_not_found"] as const;
    for (const code of codes) {
      const original = new AppError(code, 'invalid input syntax for type integer: "CANARY"', {
        cause: new Error("CANARY"),
        meta: { sqlstate: "22P02", source: "s" },
      });
      const veiled = veil(original, asked) as AppError;
      expect(veiled.code).toBe(code);
      expect(veiled.detail).toMatch(
        /a text cannot be read as the type it is cast to \(SQLSTATE 22P02\)/,
      );
      expect(
        JSON.stringify([veiled.detail, veiled.fields, veiled.meta, String(veiled.cause)]),
      ).not.toContain("CANARY");
    }
  });

  it("that is not about the statement, and every error of whoever sees all, stays as it is", async () => {
    const timeout = new AppError("query_timeout", "took too long");
    expect((await access(red)).veil(timeout, asked)).toBe(timeout);
    const failed = new AppError("query_failed", "words");
    expect((await access(red, [])).veil(failed, asked)).toBe(failed);
  });
});
