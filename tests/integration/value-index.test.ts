/** The value index over every kind of source: what is read, what is left out, how often, and who sees it. */
// covers: VAL-01, VAL-02, VAL-03
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPgliteSource } from "../../shared/adapters/pglite/pglite-source.ts";
import { PostgresConfig } from "../../shared/adapters/postgres/config.ts";
import type {
  BoundStatement,
  OpenSource,
  SourceAdapter,
  SourceSchema,
} from "../../shared/sources/ports.ts";
import { createSchemaMemory } from "../../shared/sources/schema-memory.ts";
import { makeDataDir } from "../support/databases.ts";
import { startLake } from "../support/lake.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { startSnowflakeBench } from "../support/snowflake-bench.ts";
import { quiet } from "../support/source-fixture.ts";

const PEOPLE = `
create table shops (shop_id integer primary key, name text not null, region varchar(20), contact_email text, note text, open boolean);
insert into shops select n, 'Shop ' || n, case when n % 3 = 0 then 'EMEA' else 'APAC' end, 'shop' || n || '@example.com',
  case when n % 2 = 0 then 'call +49 30 555' || n else repeat('long words ', 30) end, true from generate_series(1, 200) n;
create table keys (key_id integer primary key, ref text, digest text);
insert into keys select n, gen_random_uuid()::text, md5(n::text) from generate_series(1, 50) n;
create view emea_shops as select name as title from shops where region = 'EMEA';
analyze;
`;

const cleanups: (() => Promise<void>)[] = [];
const open: SourceAdapter[] = [];
let adapter: SourceAdapter;
let statements: string[] = [];

beforeAll(async () => {
  const data = await makeDataDir(["shops"]);
  cleanups.push(data.remove);
  const folder = join(data.path, "shops");
  const database = await PGlite.create(folder);
  await database.exec(PEOPLE);
  await database.close();
  const inner = createPgliteSource({ sourceId: "shops", dataDir: folder, schemas: ["public"] });
  open.push(inner);
  adapter = {
    ...inner,
    execute: (statement: BoundStatement, ...rest) => {
      statements.push(statement.sql);
      return inner.execute(statement, ...rest);
    },
  };
}, 180_000);
afterAll(async () => {
  for (const one of open) await one.close();
  for (const clean of cleanups) await clean();
});

const sourceOf = (one: SourceAdapter, value_index?: object): OpenSource => ({
  adapter: one,
  record: {
    sourceId: "shops",
    type: "embedded",
    config: (value_index === undefined ? {} : { value_index }) as never,
    builtin: false,
    createdAt: "2026-01-01T00:00:00.000Z",
  },
});
const valuesOf = (schema: SourceSchema, table: string, column: string) =>
  schema.tables
    .find((one) => one.name.toLowerCase() === table)
    ?.columns.find((one) => one.name.toLowerCase() === column)?.values;
const read = (value_index?: object) =>
  createSchemaMemory(createManualClock("2026-05-14T12:00:00Z")).read(
    sourceOf(adapter, value_index),
    quiet(),
  );

describe("over the embedded database", () => {
  it("lists every value of a text column, where the catalogue's statistics list a few", async () => {
    const without = await read();
    expect(valuesOf(without, "shops", "name")).toBeUndefined();
    const schema = await read({ enabled: true });
    expect(valuesOf(schema, "shops", "name")).toHaveLength(200);
    expect(valuesOf(schema, "shops", "region")).toEqual(["APAC", "EMEA"]);
    expect(valuesOf(schema, "emea_shops", "title")).toHaveLength(66);
    expect(schema.version).toBe(without.version);
  });

  it("leaves out persons' data, keys and prose, unless it is told to take them", async () => {
    const schema = await read({ enabled: true });
    for (const [table, column] of [
      ["shops", "contact_email"],
      ["shops", "note"],
      ["keys", "ref"],
      ["keys", "digest"],
    ])
      expect([column, valuesOf(schema, table ?? "", column ?? "")]).toEqual([column, undefined]);
    const all = await read({ enabled: true, pii: "include" });
    expect(valuesOf(all, "shops", "contact_email")).toHaveLength(200);
    expect(valuesOf(all, "keys", "ref")).toHaveLength(50);
  });

  it("leaves out what is excluded, without asking the source for it", async () => {
    statements = [];
    const schema = await read({ enabled: true, exclude: ["public.shops.name", "*.EMEA_*"] });
    expect(valuesOf(schema, "shops", "name")).toBeUndefined();
    expect(valuesOf(schema, "emea_shops", "title")).toBeUndefined();
    expect(valuesOf(schema, "shops", "region")).toEqual(["APAC", "EMEA"]);
    expect(
      statements.filter((sql) => /AS c, v, n/.test(sql) && /emea_shops|"name"/.test(sql)),
    ).toEqual([]);
  });

  it("keeps within the bounds: per column the most frequent, and a number in all", async () => {
    const few = await read({ enabled: true, max_values_per_column: 1 });
    expect(valuesOf(few, "shops", "region")).toEqual(["APAC"]);
    const short = await read({ enabled: true, max_total_values: 70 });
    const total = short.tables
      .flatMap((table) => table.columns)
      .filter(({ type }) => type !== "boolean")
      .reduce((sum, { values }) => sum + (values?.length ?? 0), 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(70);
  });

  it("reads values once for an hour of schema readings, behind them when they are old, at once when asked", async () => {
    const clock = createManualClock("2026-05-14T12:00:00Z");
    const memory = createSchemaMemory(clock);
    const source = sourceOf(adapter, { enabled: true });
    const reads = () => statements.filter((sql) => /AS c, v, n/.test(sql)).length;
    statements = [];
    const first = await memory.read(source, quiet());
    const once = reads();
    expect(once).toBeGreaterThan(0);
    await clock.advance(120_000);
    const later = await memory.read(source, quiet());
    expect(valuesOf(later, "shops", "name")).toHaveLength(200);
    // The very object, so that what was derived from it is not made anew each minute.
    expect(later).toBe(first);
    expect(reads()).toBe(once);
    expect(await memory.refresh(source, "kept", quiet())).toBe(first);
    expect(reads()).toBe(once);
    await memory.refresh(source, "anew", quiet());
    expect(reads()).toBe(2 * once);
    await clock.advance(3_600_000);
    await memory.read(source, quiet());
    await expect.poll(reads).toBe(3 * once);
  });

  it("reads values again when the shape has changed, whoever asked only for that", async () => {
    let version = "first";
    const changing: SourceAdapter = {
      ...adapter,
      introspect: async (signal) => ({ ...(await adapter.introspect(signal)), version }),
    };
    const source = sourceOf(changing, { enabled: true });
    const memory = createSchemaMemory(createManualClock("2026-05-14T12:00:00Z"));
    const reads = () => statements.filter((sql) => /AS c, v, n/.test(sql)).length;
    statements = [];
    await memory.read(source, quiet());
    const once = reads();
    expect(once).toBeGreaterThan(0);
    version = "second";
    await memory.refresh(source, "kept", quiet());
    expect(reads()).toBe(2 * once);
  });

  it("gives the schema without values where they cannot be read", async () => {
    const broken: SourceAdapter = {
      ...adapter,
      execute: (statement, ...rest) =>
        adapter.execute(
          { ...statement, sql: statement.sql.replace("COUNT(*)", "COUNT(1/0)") },
          ...rest,
        ),
    };
    const schema = await createSchemaMemory(createManualClock("2026-05-14T12:00:00Z")).read(
      sourceOf(broken, { enabled: true }),
      quiet(),
    );
    expect(schema.tables.map((table) => table.name)).toContain("shops");
    expect(valuesOf(schema, "shops", "name")).toBeUndefined();
  });
});

describe("a PostgreSQL source with row rules of its own", () => {
  it("is refused an index, which would show everybody's values to each", () => {
    const config = {
      host: "db",
      database: "d",
      pass_attributes: true,
      value_index: { enabled: true },
    };
    expect(PostgresConfig.safeParse(config).error?.issues[0]?.path).toEqual(["value_index"]);
    expect(PostgresConfig.safeParse({ ...config, pass_attributes: false }).success).toBe(true);
  });
});

describe("over a data lake", () => {
  it("lists the values of its files", async () => {
    const lake = await startLake();
    try {
      await lake.write(
        "sales.parquet",
        "SELECT i AS id, 'Product ' || i AS product, CASE WHEN i % 4 = 0 THEN 'EU' ELSE 'US' END AS region, 'a' || i || '@example.com' AS mail FROM range(30) t(i)",
      );
      const { adapter: files } = await lake.open();
      const schema = await createSchemaMemory(createManualClock("2026-05-14T12:00:00Z")).read(
        sourceOf(files, { enabled: true }),
        quiet(),
      );
      expect(valuesOf(schema, "sales", "product")).toHaveLength(30);
      expect(valuesOf(schema, "sales", "region")).toEqual(["US", "EU"]);
      expect(valuesOf(schema, "sales", "mail")).toBeUndefined();
    } finally {
      await lake.stop();
    }
  });

  it("draws a sample from a table that is known to be large", async () => {
    const lake = await startLake();
    try {
      await lake.write("big.parquet", "SELECT 'kind ' || (i % 7) AS kind FROM range(300000) t(i)");
      const { adapter: files } = await lake.open();
      const ran: string[] = [];
      const watched: SourceAdapter = {
        ...files,
        execute: (statement, ...rest) => {
          ran.push(statement.sql);
          return files.execute(statement, ...rest);
        },
      };
      const schema = await createSchemaMemory(createManualClock("2026-05-14T12:00:00Z")).read(
        sourceOf(watched, { enabled: true }),
        quiet(),
      );
      expect(valuesOf(schema, "big", "kind")).toHaveLength(7);
      expect(ran).toEqual([expect.stringContaining("TABLESAMPLE SYSTEM (33.33%)")]);
    } finally {
      await lake.stop();
    }
  });
});

describe("over Snowflake", () => {
  it("lists the values of its tables", async () => {
    const bench = await startSnowflakeBench();
    try {
      const schema = await createSchemaMemory(createManualClock("2026-05-14T12:00:00Z")).read(
        sourceOf(await bench.open(), { enabled: true }),
        quiet(),
      );
      expect(valuesOf(schema, "teams", "name")).toEqual(["Blue", "Red"]);
      expect(valuesOf(schema, "items", "region")).toEqual(["EU", "US"]);
    } finally {
      await bench.close();
    }
  });
});
