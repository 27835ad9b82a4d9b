/** How files become tables, how they are kept and fetched, and what is said where they are not as they should be. */
// covers: LAKE-07, LAKE-08, LAKE-09
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataLakeKind } from "../../shared/adapters/data-lake/kind.ts";
import type { LakeTableConfig } from "../../shared/lake/lake-config.ts";
import { createSourceKinds } from "../../shared/sources/kinds.ts";
import { type Lake, startLake } from "../support/lake.ts";
import { budget, quiet } from "../support/source-fixture.ts";

let lake: Lake;
beforeAll(async () => {
  lake = await startLake();
  for (const year of [2023, 2024])
    for (const month of [1, 2, 3])
      await lake.write(
        `sales/year=${year}/month=${String(month).padStart(2, "0")}/data.parquet`,
        `SELECT i AS id, ${year * 100 + month} AS period FROM range(10) t(i)`,
      );
  await lake.put("sales/_SUCCESS", "x");
  await lake.put("sales/_delta_log/0.json", "{}");
  await lake.write("events.json", "SELECT 'click' AS kind, 3 AS n");
  await lake.write("Zipped.csv.gz", "SELECT 1 AS a, 'x' AS b");
});
afterAll(() => lake?.stop());

let caches = 0;
const table = (
  name: string,
  path: string,
  more: Partial<LakeTableConfig> = {},
): LakeTableConfig => ({
  name,
  path,
  options: {},
  ...more,
});
const open = (tables?: LakeTableConfig[], cacheFolder = join(lake.folder, `cache-${caches++}`)) =>
  lake.open(tables ? { tables } : {}, { cacheFolder });

describe("tables", () => {
  it("are found by looking: each folder and each file at the top, with their partitions", async () => {
    const { adapter } = await open();
    const { tables } = await adapter.introspect(quiet());
    const seen = tables.map(({ schema, name, columns, estimatedRows }) => [
      schema,
      name,
      columns.map((column) => `${column.name} ${column.type}`),
      estimatedRows,
    ]);
    expect(seen).toEqual(
      expect.arrayContaining([
        ["main", "sales", ["id bigint", "period integer", "month bigint", "year bigint"], 60],
        ["main", "events", ["kind varchar", "n bigint"], undefined],
        ["main", "zipped", ["a bigint", "b varchar"], undefined],
      ]),
    );
  });

  it.each<[string, number]>([
    ["sales", 60],
    ["sales/", 60],
    ["sales/**", 60],
    ["sales/**/*.parquet", 60],
    ["sales/year=*/month=*/*.parquet", 60],
    ["sales/year=2024/**", 30],
    ["sales/year=2024/month=0?/data.parquet", 30],
    ["sales/year=2024/month=01/data.parquet", 10],
    ["sa*/year=2023/**/data.parquet", 30],
  ])("by the path %s have %i rows", async (path, count) => {
    const source = await open([table("t", path)]);
    expect((await source.run("SELECT count(*) FROM t")).rows).toEqual([[count]]);
  });

  it("may have any name and lie in files of any name", async () => {
    const odd = [
      ["a 'quoted' \"name\"", 'odd/it\'s a "file" (1) [x] {y} $ # % & + ünï😀.parquet'],
      ["größe", "odd/ordner mit leerzeichen/k=a b%2Fc'd/день.parquet"],
      ["select", "odd/select;drop.csv"],
    ] as const;
    for (const [, path] of odd) await lake.write(path, "SELECT 7 AS n");
    const source = await open(odd.map(([name, path]) => table(name, path)));
    for (const [name] of odd) {
      const { rows } = await source.run(`SELECT n FROM "${name.replaceAll('"', '""')}"`);
      expect(rows).toEqual([[7]]);
    }
    const partition = await source.run('SELECT k FROM "größe"');
    expect(partition.rows).toEqual([["a b/c'd"]]);
  });

  it("read CSV as their options say", async () => {
    await lake.put("semi.csv", "# note\nx;y\n01;-\n02;b\n");
    const source = await open([
      table("lines", "semi.csv", {
        options: { delimiter: ";", skip: 1, header: true, null_text: "-", all_text: true },
      }),
    ]);
    expect((await source.run("SELECT x, y FROM lines ORDER BY x")).rows).toEqual([
      ["01", null],
      ["02", "b"],
    ]);
  });

  it("give partitions one type, whatever part of them is read", async () => {
    await lake.write("mixed/k=1/a.parquet", "SELECT 1 AS n");
    await lake.write("mixed/k=one/a.parquet", "SELECT 2 AS n");
    await lake.write("mixed/k=__HIVE_DEFAULT_PARTITION__/a.parquet", "SELECT 3 AS n");
    const source = await open([table("mixed", "mixed")]);
    const { columns, rows } = await source.run("SELECT n, k FROM mixed WHERE k = '1'");
    expect([columns[1]?.type, rows]).toEqual(["varchar", [[1, "1"]]]);
    expect((await source.run("SELECT n FROM mixed WHERE k IS NULL")).rows).toEqual([[3]]);
  });

  it("are the files of this moment: what comes, changes or goes is seen with the next listing", async () => {
    const tables = [table("moving", "moving/*.parquet")];
    await lake.write("moving/a.parquet", "SELECT 1 AS n");
    const token = async (source: Awaited<ReturnType<typeof open>>) =>
      (await source.adapter.changeTokens([{ schema: "main", name: "moving" }], quiet()))[0];
    const sum = "SELECT sum(n) FROM moving";
    const seen: unknown[] = [];
    const tokens = new Set<unknown>();
    const look = async () => {
      // Another source has no listing in memory yet.
      const source = await open(tables, join(lake.folder, "moving-cache"));
      seen.push((await source.run(sum)).rows[0]?.[0]);
      tokens.add(await token(source));
      expect(source.listed).toEqual(["moving/"]);
    };
    await look();
    await lake.write("moving/b.parquet", "SELECT 10 AS n");
    await look();
    await lake.write("moving/a.parquet", "SELECT 2 AS n");
    await look();
    await lake.container.getBlobClient("moving/b.parquet").delete();
    await look();
    expect(seen.map(Number)).toEqual([1, 11, 12, 2]);
    expect(tokens.size).toBe(4);
    expect(await token(await open([table("other", "x.parquet")]))).toBeNull();
  });
});

describe("partitions that cannot match", () => {
  const months = (year: number, ...list: number[]) =>
    list.map((month) => `sales/year=${year}/month=0${month}/data.parquet`);

  it.each<[string, readonly unknown[], string[]]>([
    ["SELECT period FROM sales WHERE year = 2024 AND month = 2", [], months(2024, 2)],
    [
      "SELECT period FROM sales s WHERE s.year = $1 AND month IN ($2, 3)",
      [2023, 1],
      months(2023, 1, 3),
    ],
    [
      "SELECT period FROM sales WHERE 2024 <= year AND month BETWEEN 2 AND 3 AND id >= 0",
      [],
      months(2024, 2, 3),
    ],
    [
      "SELECT period FROM sales WHERE year > 2023 AND (month = 1 OR month = 2)",
      [],
      months(2024, 1, 2, 3),
    ],
    [
      "SELECT a.period FROM sales a JOIN sales b ON a.id = b.id WHERE a.year = 2024 AND b.year = 2024 AND a.month = 1 AND b.month = 2",
      [],
      months(2024, 1, 2),
    ],
    [
      "WITH s AS (SELECT * FROM sales WHERE month = 3) SELECT period FROM s WHERE year = 2023",
      [],
      [...months(2023, 3), ...months(2024, 3)],
    ],
    ["SELECT period FROM sales WHERE year = 1999", [], months(2023, 1)],
    [
      "SELECT period FROM sales WHERE year = 2024 OR month = 1",
      [],
      [...months(2023, 1, 2, 3), ...months(2024, 1, 2, 3)],
    ],
    [
      "SELECT a.period FROM sales a LEFT JOIN sales b ON a.id = b.id AND b.year = 2024 WHERE a.month = 1",
      [],
      [...months(2023, 1, 2, 3), ...months(2024, 1, 2, 3)],
    ],
    [
      "SELECT period FROM sales USING SAMPLE 100%",
      [],
      [...months(2023, 1, 2, 3), ...months(2024, 1, 2, 3)],
    ],
  ])("are not fetched, and the answer is as if they were: %s", async (sql, params, expected) => {
    const [pruned, whole] = [await open(), await open()];
    const tables = [table("sales", "sales", { options: { union_by_name: true } })];
    const unpruned = await open(tables);
    const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    const answer = await pruned.run(sql, params as never);
    expect(pruned.fetched.filter((name) => name.startsWith("sales/")).sort()).toEqual(expected);
    expect(sorted(answer.rows)).toEqual(sorted((await unpruned.run(sql, params as never)).rows));
    expect(whole.fetched).toEqual([]);
  });
});

describe("files", () => {
  it("are fetched once, for many callers and many sources", async () => {
    const cacheFolder = join(lake.folder, "shared-cache");
    const sources = await Promise.all(
      [1, 2].map(() => open([table("sales", "sales")], cacheFolder)),
    );
    const sql = "SELECT count(*) FROM sales";
    await Promise.all(Array.from({ length: 6 }, () => sources[0]?.run(sql)));
    await sources[1]?.run(sql);
    expect(sources[0]?.fetched).toHaveLength(6);
    expect(sources[1]?.fetched).toEqual([]);
  });

  it("are kept within the limit: those used longest ago go, those in use stay", async () => {
    const cacheFolder = join(lake.folder, "small-cache");
    // Random bytes do not compress: each file is a little more than 6 MB.
    for (const name of ["one", "two", "three"])
      await lake.write(
        `big/${name}.parquet`,
        "SELECT random() AS a, random() AS b FROM range(400000)",
      );
    const tables = ["one", "two", "three"].map((name) => table(name, `big/${name}.parquet`));
    const kept = async () => {
      const objects = join(cacheFolder, "objects");
      const sizes = (await readdir(objects)).map(
        async (name) => (await stat(join(objects, name))).size,
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    };
    const limit = { cache_mb: 16 };
    const first = await lake.open({ tables, ...limit }, { cacheFolder });
    const statement = { sql: "SELECT a FROM one", params: [] };
    const stream = await first.adapter.execute(statement, budget({ maxRows: 1e6 }), quiet());
    expect(await stream.read()).not.toBeNull();
    // Another source, as it were another process, is short of room while the first one reads.
    const second = await lake.open({ tables, ...limit }, { cacheFolder });
    await second.run("SELECT max(a) FROM two");
    await second.run("SELECT max(a) FROM three");
    await second.run("SELECT max(a) FROM one");
    expect(second.fetched).toEqual(["big/two.parquet", "big/three.parquet"]);
    expect(await kept()).toBeLessThanOrEqual(16 * 1_048_576);
    await stream.close();
    await first.adapter.close();
    await second.run("SELECT max(a) FROM two");
    await second.run("SELECT max(a) FROM three");
    await second.run("SELECT max(a) FROM three");
    expect(second.fetched.slice(2)).toEqual(["big/two.parquet", "big/three.parquet"]);
    expect(await kept()).toBeLessThanOrEqual(16 * 1_048_576);
  });

  it("are not fetched at all where they cannot be kept together", async () => {
    const source = await lake.open({ tables: [table("big", "big")], cache_mb: 16 });
    await expect(source.run("SELECT max(a) FROM big")).rejects.toMatchObject({
      code: "query_failed",
      detail: expect.stringMatching(
        /^The statement needs \d+ MB of files of big, and 16 MB may be kept/,
      ),
    });
    expect(source.fetched).toEqual([]);
  });
});

describe("what is wrong", () => {
  const failureOf = async (work: Promise<unknown>) => {
    const failure = (await work.catch((error: unknown) => error)) as Error & {
      code: string;
      detail: string;
    };
    expect(failure).toMatchObject({ name: "AppError" });
    expect(failure.detail).not.toMatch(/\n|\/tmp|Account|sig=|devstore/);
    return failure;
  };

  it("with the container is said", async () => {
    const source = await lake.open({}, { container: "missing" });
    const failure = await failureOf(source.run("SELECT * FROM anything"));
    expect(failure).toMatchObject({
      code: "source_unavailable",
      detail: "The container missing of lake does not exist.",
    });
    expect(await source.adapter.check(quiet())).toMatchObject({
      ok: false,
      evidence: "The container missing of lake does not exist.",
    });
  });

  it("with the credentials is said, and nothing of them", async () => {
    const connectionString = lake.connectionString.replace(
      /AccountKey=[^;]*/,
      "AccountKey=d3Jvbmc=",
    );
    const source = await lake.open({}, { connectionString });
    expect(await failureOf(source.run("SELECT * FROM sales"))).toMatchObject({
      code: "source_unavailable",
      detail: "The storage of lake refused the credentials.",
    });
    await expect(
      lake.open({}, { connectionString: "AccountKey=c2VjcmV0;nonsense" }),
    ).rejects.toMatchObject({
      code: "source_unavailable",
      message: expect.not.stringContaining("c2VjcmV0"),
    });
  });

  it("with storage that does not answer is said", async () => {
    const connectionString = lake.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:9");
    const source = await lake.open({}, { connectionString });
    expect(await failureOf(source.run("SELECT * FROM sales"))).toMatchObject({
      code: "source_unavailable",
      detail: "The storage of lake cannot be reached.",
    });
  });

  it("with a file is said by the table's and the file's own names, and other tables work", async () => {
    await lake.put("broken/file one.parquet", "PAR1 this is no Parquet file PAR1");
    const source = await open([table("broken", "broken"), table("events", "events.json")]);
    const failure = await failureOf(source.run("SELECT * FROM broken"));
    expect(failure.code).toBe("query_failed");
    expect(failure.detail).toMatch(/^The files of the table broken cannot be read: /);
    expect(failure.detail).toContain("broken/file one.parquet");
    expect((await source.run("SELECT n FROM events")).rows).toEqual([[3]]);
    const { tables } = await source.adapter.introspect(quiet());
    expect(
      tables.map(({ name, columns, comment }) => [name, columns.length, comment?.slice(0, 28)]),
    ).toEqual([
      ["broken", 0, "The files of the table broke"],
      ["events", 2, undefined],
    ]);
  });

  it("with a table that has no files, or lost them, is said", async () => {
    const source = await open([table("empty", "nothing/*.parquet")]);
    expect(await failureOf(source.run("SELECT * FROM empty"))).toMatchObject({
      code: "query_failed",
      detail: "The table empty has no files: nothing matches nothing/*.parquet.",
    });
    await lake.write("going/a.parquet", "SELECT 1 AS n");
    const lost = await open([table("going", "going")]);
    // Listed, and then gone before it is fetched.
    await lost.adapter.changeTokens([{ schema: "main", name: "going" }], quiet());
    await lake.container.getBlobClient("going/a.parquet").delete();
    expect(await failureOf(lost.run("SELECT * FROM going"))).toMatchObject({
      code: "source_unavailable",
      detail: "The file going/a.parquet of lake changed or went while it was fetched.",
    });
  });

  it("with schemas that differ is said, unless they are to be joined by name", async () => {
    await lake.write("drift/1.parquet", "SELECT 1 AS a, 2 AS b");
    await lake.write("drift/2.parquet", "SELECT 3 AS a, 'x' AS c");
    const strict = await open([table("drift", "drift")]);
    const failure = await failureOf(strict.run("SELECT a, b FROM drift"));
    expect(failure.code).toBe("query_failed");
    expect(failure.detail).toContain("drift/2.parquet");
    const joined = await open([table("drift", "drift", { options: { union_by_name: true } })]);
    expect((await joined.run("SELECT a, b, c FROM drift ORDER BY a")).rows).toEqual([
      [1, 2, null],
      [3, null, "x"],
    ]);
  });

  it("with what the credential could do is found", async () => {
    const { adapter } = await open();
    expect(await adapter.privileges(quiet())).toMatchObject([
      { severity: "danger", privilege: "account_key" },
    ]);
    const endpoint = /BlobEndpoint=[^;]*/.exec(lake.connectionString)?.[0];
    const withSas = async (permissions: string) =>
      (
        await lake.open(
          {},
          {
            connectionString: `${endpoint};SharedAccessSignature=sv=2021-08-06&sp=${permissions}&sig=x`,
          },
        )
      ).adapter.privileges(quiet());
    expect(await withSas("rl")).toEqual([]);
    expect(await withSas("racwdl")).toMatchObject([
      { severity: "warning", privilege: "write", evidence: expect.stringContaining("acwd") },
    ]);
  });

  it("is nothing, and then the check says what was read", async () => {
    const { adapter } = await open([table("sales", "sales")]);
    expect(await adapter.check(quiet())).toMatchObject({
      ok: true,
      evidence: expect.stringMatching(
        /^DuckDB v1\.\d.* reads 1 tables in 6 files of devstoreaccount1\/lake$/,
      ),
    });
  });
});

describe("a registration", () => {
  const kinds = createSourceKinds([dataLakeKind], () => undefined);
  const register = async (config: object, credentials: object) => {
    const form = { ...config } as Record<string, string>;
    const read = kinds.read({
      sourceId: "lake",
      type: "data_lake",
      config: { container: "lake", ...form },
      credentials,
    });
    const adapter = await kinds.connect(read);
    await adapter.close();
    return adapter.dialect;
  };
  const identity = { kind: "managed_identity" };

  it.each([
    [{ account_url: "https://account.dfs.core.windows.net" }, identity],
    [
      { account_url: "https://account.blob.core.windows.net/" },
      { kind: "sas", token: "?sp=rl&sig=x" },
    ],
    [
      { account_url: "https://a1b.z12.blob.storage.azure.net" },
      { kind: "account_key", account_key: "a2V5" },
    ],
    [{}, { kind: "connection_string", connection_string: "UseDevelopmentStorage=true" }],
  ])("is taken: %o", async (config, credentials) => {
    expect(await register(config, credentials)).toBe("duckdb");
  });

  it.each<[object, object]>([
    [{}, identity],
    [{ account_url: "http://account.blob.core.windows.net" }, identity],
    [{ account_url: "https://evil.test" }, identity],
    [{ account_url: "https://account.blob.core.windows.net.evil.test" }, identity],
    [{ account_url: "https://evil.test/account.blob.core.windows.net" }, identity],
    [{ account_url: "https://account.blob.core.windows.net:444/x" }, identity],
    [{ account_url: "https://x@account.blob.core.windows.net" }, identity],
    [{ account_url: "https://account.blob.core.windows.net?sig=x" }, identity],
    [{ account_url: "https://169.254.169.254" }, identity],
    [
      { account_url: "https://a.blob.core.windows.net" },
      { kind: "connection_string", connection_string: "x" },
    ],
    ...["/etc/x", "a.csv", "A", "x:y", "pg_class", "s*"].map((name): [object, object] => [
      { account_url: "https://account.blob.core.windows.net", tables: [table(name, "x.csv")] },
      identity,
    ]),
    [
      { account_url: "https://account.blob.core.windows.net", tables: [table("a", "/x")] },
      identity,
    ],
    [
      {
        account_url: "https://account.blob.core.windows.net",
        tables: [table("a", "x"), table("a", "y")],
      },
      identity,
    ],
    [{ account_url: "https://account.blob.core.windows.net", container: "a/b" }, identity],
  ])("is refused: %o", async (config, credentials) => {
    await expect(register(config, credentials)).rejects.toMatchObject({
      code: "request_invalid",
    });
  });
});
