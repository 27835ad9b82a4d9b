/** Query jobs through the shipped bundle: real queues, real blobs, real databases. */
// covers: QRY-15, JOB-01, JOB-04, JOB-06, JOB-07, HTTP-08, HTTP-09
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, type McpClient } from "../../client/src/index.ts";
import { JOB_QUEUE } from "../../shared/contract/jobs.ts";
import { poisonQueue } from "../../shared/http/serve-queue.ts";
import { postgresUrl } from "../support/databases.ts";
import { until } from "../support/local-host.ts";
import { type Answer, type Platform, startPlatform } from "../support/platform.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";

let platform: Platform;
let client: McpClient;
beforeAll(async () => {
  platform = await startPlatform();
  client = createClient({ serverUrl: platform.host.url, apiKey: platform.adminKey });
});
afterAll(() => platform.stop());

const storage = () => process.env.AzureWebJobsStorage ?? "";
const submit = (body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  platform.call("POST", "query/jobs", body, headers);
const look = (id: string) => platform.call("GET", `query/jobs/${id}`);
const finished = (id: string) =>
  until(`job ${id}`, async () => {
    const { body } = await look(id);
    return body.status !== "queued" && body.status !== "running" ? body : null;
  });
async function done(body: object) {
  const { body: job, status } = await submit(body);
  expect(status).toBe(202);
  const ended = await finished(job.job_id);
  expect(ended).toMatchObject({ status: "succeeded", error: null });
  return ended;
}
async function blobs(prefix: string): Promise<string[]> {
  const container = BlobServiceClient.fromConnectionString(storage()).getContainerClient("exports");
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat({ prefix })) names.push(name);
  return names;
}
async function newKey(grant: object): Promise<Record<string, string>> {
  const { body } = await platform.call("POST", "keys", {
    owner: "someone",
    permissions: ["query:run"],
    ...grant,
  });
  return { "x-api-key": body.key };
}

const SQL =
  "select job_id, name, scheduled_for, error_message from jobs order by job_id limit 2500";

describe("a job", () => {
  test("is answered with 202, where it is, and what it will run", async () => {
    const { status, headers, body } = await submit({
      sql: "select $1::int as n",
      params: [7],
      output: { format: "csv" },
    });
    expect(status).toBe(202);
    expect(headers.get("location")).toBe(`/api/query/jobs/${body.job_id}`);
    expect(body).toMatchObject({
      status: "queued",
      source: "demo",
      sql: "select $1::int as n",
      output: { format: "csv" },
      rows: 0,
      truncated: null,
      error: null,
    });
    expect(await finished(body.job_id)).toMatchObject({ status: "succeeded", rows: 1 });
  });

  test("gives in its pages the rows of the direct query, exactly", async () => {
    const job = await done({ sql: SQL });
    const direct = await platform.call("POST", "query", { sql: SQL, max_rows: 5_000 });
    const rows: unknown[] = [];
    let pages = 0;
    for (let cursor: string | null = ""; cursor !== null; pages++) {
      const path = `query/jobs/${job.job_id}/rows?limit=1000${cursor && `&cursor=${cursor}`}`;
      const { body } = await platform.call("GET", path);
      expect(body.columns).toEqual(direct.body.columns);
      rows.push(...body.items);
      cursor = body.nextCursor;
    }
    expect(pages).toBe(3);
    expect(rows).toEqual(direct.body.rows);
    expect(job).toMatchObject({ rows: 2_500, truncated: false, columns: direct.body.columns });
  });

  test("keeps every digit of its numbers, in pages and in every file", async () => {
    const sql =
      "select 9007199254740993::bigint as big, 12345678901234567890.123456789::numeric as exact, 1.50::numeric as price, '{\"n\":12345678901234567890}'::jsonb as doc";
    const json =
      '{"big":"9007199254740993","exact":"12345678901234567890.123456789","price":1.50,"doc":{"n": 12345678901234567890}}';
    const csv = await done({ sql, output: { format: "csv" } });
    const page = await platform.call("GET", `query/jobs/${csv.job_id}/rows`);
    expect(page.text).toContain(`"items":[${json}]`);
    expect((await platform.call("GET", `query/jobs/${csv.job_id}/result`)).text).toBe(
      'big,exact,price,doc\r\n9007199254740993,12345678901234567890.123456789,1.50,"{""n"": 12345678901234567890}"\r\n',
    );
    const ndjson = await done({ sql });
    expect((await platform.call("GET", `query/jobs/${ndjson.job_id}/result`)).text).toBe(
      `${json}\n`,
    );
    const arrays = await done({ sql, format: "arrays" });
    expect(
      (await platform.call("GET", `query/jobs/${arrays.job_id}/rows`)).body.items[0],
    ).toHaveLength(4);
  });

  test("comes as a Parquet file with types, under a name", async () => {
    const job = await done({ sql: SQL, output: { format: "parquet" } });
    const response = await fetch(`${platform.host.url}/api/query/jobs/${job.job_id}/result`, {
      headers: { "x-api-key": platform.adminKey },
    });
    expect(response.headers.get("content-type")).toBe("application/vnd.apache.parquet");
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="${job.job_id}.parquet"`,
    );
    const file = await response.arrayBuffer();
    expect(file.byteLength).toBe(job.result.bytes);
    const rows = await parquetReadObjects({ file });
    const direct = await platform.call("POST", "query", { sql: SQL, max_rows: 5_000 });
    expect(rows.map((row) => ({ ...row, scheduled_for: +(row.scheduled_for as Date) }))).toEqual(
      direct.body.rows.map((row: { scheduled_for: string }) => ({
        ...row,
        scheduled_for: Date.parse(row.scheduled_for),
      })),
    );
  });

  test("answers a question as the query path does, and says what it meant", async () => {
    const job = await done({ question: "How many jobs are there?" });
    expect(job).toMatchObject({ question: "How many jobs are there?", rows: 1 });
    expect(job.sql).toMatch(/count/i);
  });

  test("may have no rows at all", async () => {
    for (const format of ["ndjson", "csv", "parquet"]) {
      const job = await done({ sql: "select 1 as n where false", output: { format } });
      const { body } = await platform.call("GET", `query/jobs/${job.job_id}/rows`);
      expect(body).toEqual({ columns: job.columns, items: [], nextCursor: null });
      expect((await platform.call("GET", `query/jobs/${job.job_id}/result`)).status).toBe(200);
    }
  });

  test("is made once for one Idempotency-Key", async () => {
    const headers = { "idempotency-key": "the-same-key" };
    const first = await submit({ sql: "select 1" }, headers);
    const again = await submit({ sql: "select 1" }, headers);
    expect(again.body.job_id).toBe(first.body.job_id);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await submit({ sql: "select 2" }, headers)).body.code).toBe("idempotency_reused");
  });

  test("of the past is in the log of queries", async () => {
    const job = await done({ sql: "select 4711 as needle" });
    const { body } = await platform.call("GET", "query/history?limit=20");
    const line = body.items.find((item: { sql: string }) => item.sql === job.sql);
    expect(line).toMatchObject({ outcome: "answer", row_count: 1, cache_status: "bypass" });
  });
});

describe("refused when it is submitted, and no job is made:", () => {
  test.each([
    [{ sql: "delete from jobs" }, 422, "sql_refused"],
    [{ sql: "select pg_sleep(1)" }, 422, "sql_refused"],
    [{ sql: "select from where" }, 400, "sql_syntax"],
    [{ sql: "select $1" }, 400, "sql_parameters"],
    [{ sql: "select 1", source: "nowhere" }, 404, "source_not_found"],
    [{ question: "how many unicorns are there" }, 400, "request_invalid"],
    [{ sql: "select 1", question: "why?" }, 400, "request_invalid"],
    [{ sql: "select 1", max_rows: 10_000_001 }, 400, "request_invalid"],
    [{ sql: "select 1", timeout_ms: 3_600_001 }, 400, "request_invalid"],
    [{ sql: "select 1", output: { format: "xlsx" } }, 400, "request_invalid"],
  ])("%j", async (body, status, code) => {
    const count = async () =>
      (await platform.call("GET", "query/jobs?limit=200")).body.items.length;
    const before = await count();
    expect(await submit(body)).toMatchObject({ status, body: { code } });
    expect(await count()).toBe(before);
  });
});

describe("whoever asks", () => {
  test.each([
    "job_none",
    "job_01m82axqah5yeebry0s0s0s9f3",
    "%00",
    "..%2f..%2fexports",
    "job_\u00e9",
  ])("for %s gets a 404 or a 400 on every route", async (id) => {
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/rows"],
      ["GET", "/result"],
      ["DELETE", ""],
    ] as const)
      expect([400, 404]).toContain((await platform.call(method, `query/jobs/${id}${path}`)).status);
  });

  test("for somebody else's job gets the same 404 as for none, and an admin sees it", async () => {
    const [ann, bob] = [await newKey({}), await newKey({})];
    const { body: job } = await submit({ sql: "select 1 as n" }, ann);
    await finished(job.job_id);
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/rows"],
      ["GET", "/result"],
      ["DELETE", ""],
    ] as const) {
      const foreign = await platform.call(
        method,
        `query/jobs/${job.job_id}${path}`,
        undefined,
        bob,
      );
      expect(foreign).toMatchObject({ status: 404, body: { code: "job_not_found" } });
    }
    const listed = async (headers: Record<string, string>) =>
      (await platform.call("GET", "query/jobs", undefined, headers)).body.items.map(
        (item: { job_id: string }) => item.job_id,
      );
    expect(await listed(bob)).toEqual([]);
    expect(await listed(ann)).toEqual([job.job_id]);
    expect((await look(job.job_id)).status).toBe(200);
  });

  test("without query:run is refused, and so is one who may not see the source", async () => {
    const reader = await newKey({ permissions: ["models:read"] });
    expect((await submit({ sql: "select 1" }, reader)).status).toBe(403);
    const elsewhere = await newKey({ sources: ["other"] });
    expect((await submit({ sql: "select 1", source: "demo" }, elsewhere)).body.code).toBe(
      "source_not_found",
    );
  });

  test("with a cursor that is none of ours is told so", async () => {
    const job = await done({ sql: SQL });
    for (const cursor of ["b3", "x", "b99999999999", "b-1", "b1e3"]) {
      const answer = await platform.call("GET", `query/jobs/${job.job_id}/rows?cursor=${cursor}`);
      expect(answer, cursor).toMatchObject({ status: 400, body: { code: "request_invalid" } });
    }
  });

  test("pages through the list of jobs", async () => {
    const headers = await newKey({});
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.unshift((await submit({ sql: "select 1" }, headers)).body.job_id);
    const page = (query: string) => platform.call("GET", `query/jobs?${query}`, undefined, headers);
    const first = await page("limit=2");
    expect(first.body.items.map((item: { job_id: string }) => item.job_id)).toEqual(
      ids.slice(0, 2),
    );
    const second = await page(`limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map((item: { job_id: string }) => item.job_id)).toEqual(ids.slice(2));
    expect(second.body.nextCursor).toBeNull();
  });
});

test("a finished job that is deleted loses its files and says that they are gone", async () => {
  const job = await done({ sql: SQL, output: { format: "csv" } });
  expect(await blobs(`${job.job_id}/`)).toHaveLength(2);
  for (let i = 0; i < 2; i++) {
    const gone = await platform.call("DELETE", `query/jobs/${job.job_id}`);
    expect(gone).toMatchObject({ status: 200, body: { status: "expired" } });
  }
  expect(await blobs(`${job.job_id}/`)).toEqual([]);
  for (const path of ["rows", "result"])
    expect(await platform.call("GET", `query/jobs/${job.job_id}/${path}`)).toMatchObject({
      status: 410,
      body: { code: "job_expired" },
    });
});

test("a job that failed says why, and that it has no rows", async () => {
  const { body } = await submit({ sql: "select 1 / (job_id - job_id) from jobs" });
  const job = await finished(body.job_id);
  expect(job).toMatchObject({ status: "failed", error: { code: "query_failed" } });
  expect(await platform.call("GET", `query/jobs/${job.job_id}/rows`)).toMatchObject({
    status: 409,
    body: { code: "job_failed", detail: expect.stringContaining("division by zero") },
  });
});

describe("a message", () => {
  test.each(["not json", '{"job_id":"x"}', '{"job_id":"job_nowhere"}', "[]"])(
    "that means nothing, %s, ends among the dead letters, and jobs still run",
    async (text) => {
      const queue = QueueServiceClient.fromConnectionString(storage()).getQueueClient(JOB_QUEUE);
      const { messageId } = await queue.sendMessage(text);
      await until("the dead letter", async () => {
        const { body } = await platform.call("GET", "alerts/dead-letters");
        return body.items.some(
          (letter: { message_id: string; queue: string }) =>
            letter.message_id === messageId && letter.queue === JOB_QUEUE,
        );
      });
      await done({ sql: "select 1" });
    },
  );

  test("that lies in the poison queue is kept where people see it", async () => {
    const service = QueueServiceClient.fromConnectionString(storage());
    const { messageId } = await service
      .getQueueClient(poisonQueue(JOB_QUEUE))
      .sendMessage('{"job_id":"job_failed_five_times"}');
    await until("the dead letter", async () => {
      const { body } = await platform.call("GET", "alerts/dead-letters");
      return body.items.some((letter: { message_id: string }) => letter.message_id === messageId);
    });
  });

  test("that comes twice runs its job once", async () => {
    const queue = QueueServiceClient.fromConnectionString(storage()).getQueueClient(JOB_QUEUE);
    const job = await done({ sql: "select 1" });
    await queue.sendMessage(JSON.stringify({ job_id: job.job_id }));
    await until("an empty queue", async () => {
      const { approximateMessagesCount } = await queue.getProperties();
      return approximateMessagesCount === 0;
    });
    expect((await look(job.job_id)).body).toEqual(job);
  });
});

describe.skipIf(postgresUrl === null)("on a PostgreSQL server", () => {
  let bench: PostgresBench;
  beforeAll(async () => {
    bench = await openPostgresBench();
    await platform.call("POST", "sources", {
      source_id: "pg",
      type: "postgres",
      config: bench.config,
      credentials: bench.reader,
    });
  });
  afterAll(async () => {
    await platform.call("DELETE", "sources/pg");
    await bench.close();
  });
  const endless = "select count(*) from items a, items b, items c, items d";

  test("a job that is cancelled ends on the server, over the SDK", async () => {
    const { job_id: id } = await client.submitJob({ source: "pg", sql: endless });
    await bench.untilRunning(1, 15_000);
    await expect(client.jobRows(id).page()).rejects.toMatchObject({ code: "job_not_finished" });
    expect((await client.cancelJob(id)).status).toBe("cancelled");
    await bench.untilRunning(0, 15_000);
    expect((await client.waitForJob(id)).status).toBe("cancelled");
    await expect(client.jobResult(id)).rejects.toMatchObject({ code: "job_failed" });
  });

  test("the SDK waits, pages and downloads", async () => {
    const sql = "select item_id from items order by 1";
    const { job_id: id } = await client.submitJob({ source: "pg", sql, output: { format: "csv" } });
    const seen: string[] = [];
    await client.waitForJob(id, { onProgress: (job) => seen.push(job.status) });
    expect(seen.at(-1)).toBe("succeeded");
    const rows: unknown[] = [];
    for await (const row of client.jobRows(id, { limit: 200 })) rows.push(row);
    expect(rows).toHaveLength(500);
    const text = await new Response(await client.jobResult(id)).text();
    expect(text.trimEnd().split("\r\n")).toEqual([
      "item_id",
      ...rows.map((row) => `${(row as { item_id: number }).item_id}`),
    ]);
  });
});
