/** Files of jobs on a real blob service: whole or not there, read by ranges, removed by prefix. */
// covers: JOB-03, JOB-07
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJobResults } from "../../shared/adapters/blob/job-results.ts";
import type { JobResults } from "../../shared/jobs/ports.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { quiet } from "../support/source-fixture.ts";

let azurite: Azurite;
let results: JobResults;
const settings = (environment: "test" | "live") => ({
  MCP_ENVIRONMENT: environment,
  AzureWebJobsStorage: azurite.connectionString,
  AzureWebJobsStorage__blobServiceUri: undefined,
  AzureWebJobsStorage__clientId: undefined,
});
const container = () =>
  BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("exports");
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

const names = async (prefix: string) => {
  const found: string[] = [];
  for await (const { name } of container().listBlobsFlat({ prefix })) found.push(name);
  return found;
};
const read = async (name: string, offset: number, length: number) => {
  const parts: Uint8Array[] = [];
  for await (const part of results.read(name, { offset, length }, quiet())) parts.push(part);
  return Buffer.concat(parts);
};
const write = async (name: string, ...parts: Uint8Array[]) => {
  const writer = results.create(name, "text/plain", quiet());
  for (const part of parts) await writer.write(part);
  return writer.finish();
};

it("makes no container in a live installation, whose infrastructure has one", async () => {
  const live = createJobResults(settings("live"));
  await expect(live.check(quiet())).rejects.toMatchObject({ code: "upstream_failed" });
  expect(await container().exists()).toBe(false);
});

describe("a file", () => {
  beforeAll(async () => {
    results = createJobResults(settings("test"));
    await results.check(quiet());
  });

  it("of many blocks is what was written, and its writer may use its buffer again", async () => {
    const whole = Buffer.alloc(11_000_003);
    for (let i = 0; i < whole.length; i++) whole[i] = (i * 31 + (i >> 9)) & 255;
    const writer = results.create("a/1/big", "application/x-big", quiet());
    const buffer = Buffer.alloc(70_001);
    for (let at = 0; at < whole.length; at += buffer.length) {
      const length = whole.copy(buffer, 0, at, at + buffer.length);
      await writer.write(buffer.subarray(0, length));
    }
    buffer.fill(0);
    expect(await writer.finish()).toBe(whole.length);
    expect((await read("a/1/big", 0, whole.length)).equals(whole)).toBe(true);
    const middle = whole.subarray(4_194_300, 4_194_310);
    expect((await read("a/1/big", 4_194_300, 10)).equals(middle)).toBe(true);
    const { contentType } = await container().getBlobClient("a/1/big").getProperties();
    expect(contentType).toBe("application/x-big");
  });

  it.each([0, 1, 4_194_303, 4_194_304, 4_194_305, 8_388_608])("may have %i bytes", async (size) => {
    const bytes = Buffer.alloc(size, 7);
    expect(await write(`sizes/1/${size}`, bytes)).toBe(size);
    expect((await read(`sizes/1/${size}`, 0, size)).equals(bytes)).toBe(true);
  });

  it("is not there before it is finished, nor ever when that does not come", async () => {
    const writer = results.create("half/1/rows", "text/plain", quiet());
    await writer.write(Buffer.alloc(9_000_000));
    expect(await names("half/")).toEqual([]);
  });

  it("is not finished in the name of one who was told to stop", async () => {
    const stop = new AbortController();
    const writer = results.create("stopped/1/rows", "text/plain", stop.signal);
    await writer.write(Buffer.alloc(100));
    stop.abort();
    await expect(writer.finish()).rejects.toMatchObject({ code: "upstream_failed" });
    expect(await names("stopped/")).toEqual([]);
  });

  it("that is not there is an error that says so to us and little to the caller", async () => {
    await expect(read("none/1/rows", 0, 5)).rejects.toMatchObject({
      code: "upstream_failed",
      meta: { status: 404 },
    });
  });
});

describe("removing", () => {
  it("takes every file of a job but the winner's, and touches no other job", async () => {
    for (const name of ["j/1/rows", "j/1/csv", "j/2/rows", "j/22/rows", "jj/1/rows"])
      await write(name, Buffer.from("x"));
    await results.remove("j/", "j/2/", quiet());
    expect(await names("j")).toEqual(["j/2/rows", "jj/1/rows"]);
    await results.remove("j/", null, quiet());
    await results.remove("j/", null, quiet());
    expect(await names("j")).toEqual(["jj/1/rows"]);
  });
});
