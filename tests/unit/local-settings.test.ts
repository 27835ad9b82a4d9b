/** host.json, local.settings.json and the log filter of the local host. */
// covers: HOST-11, HOST-12
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHostSettings } from "../../local/host/host-json.ts";
import { filterLog } from "../../local/host/host-log.ts";
import { loadLocalSettings } from "../../local/host/local-settings.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "local-settings-"));
});
afterAll(() => rm(dir, { recursive: true }));

describe("host.json", () => {
  const read = async (json: unknown) => {
    const path = join(dir, "host.json");
    await writeFile(path, typeof json === "string" ? json : JSON.stringify(json));
    return readHostSettings(path);
  };

  it("has the real host's defaults", async () => {
    expect(await read({ version: "2.0" })).toEqual({
      routePrefix: "api",
      functionTimeoutMs: 1_800_000,
      logLevels: {},
      queues: {
        batchSize: 16,
        newBatchThreshold: 8,
        maxDequeueCount: 5,
        visibilityTimeoutMs: 0,
        maxPollingIntervalMs: 2000,
        messageEncoding: "base64",
      },
    });
  });

  it("reads what a project sets", async () => {
    const settings = await read({
      version: "2.0",
      functionTimeout: "-1",
      logging: { logLevel: { default: "Warning" } },
      extensions: {
        http: { routePrefix: "/v1/" },
        queues: { batchSize: 3, visibilityTimeout: "00:00:30", messageEncoding: "None" },
      },
    });
    expect(settings.routePrefix).toBe("v1");
    expect(settings.functionTimeoutMs).toBeUndefined();
    expect(settings.logLevels).toEqual({ default: "warning" });
    expect(settings.queues).toMatchObject({ batchSize: 3, newBatchThreshold: 1 });
    expect(settings.queues).toMatchObject({ visibilityTimeoutMs: 30_000, messageEncoding: "none" });
  });

  it("names the file and every bad setting", async () => {
    const bad = {
      version: "2.0",
      functionTimeout: "soon",
      extensions: { queues: { batchSize: 99 } },
    };
    await expect(read(bad)).rejects.toThrow(
      /host\.json.*functionTimeout.*extensions\.queues\.batchSize/,
    );
    await expect(read("{ nope")).rejects.toThrow(/host\.json is not valid JSON/);
  });
});

describe("local.settings.json", () => {
  const load = async (json: unknown, env: NodeJS.ProcessEnv) => {
    await writeFile(join(dir, "local.settings.json"), JSON.stringify(json));
    return loadLocalSettings(dir, env);
  };

  it("sets what is not set yet and leaves the rest", async () => {
    const env = { TAKEN: "mine" };
    expect(await load({ Values: { TAKEN: "theirs", FRESH: "yes", COUNT: 3 } }, env)).toEqual([
      "FRESH",
      "COUNT",
    ]);
    expect(env).toEqual({ TAKEN: "mine", FRESH: "yes", COUNT: "3" });
  });

  it("is content without the file", async () => {
    expect(await loadLocalSettings(join(dir, "absent"), {})).toEqual([]);
  });

  it("names a malformed value and never shows it", async () => {
    const failure = load({ Values: { KEY: { nested: "s3cret" } } }, {});
    await expect(failure).rejects.toThrow(/local\.settings\.json is malformed: Values\.KEY/);
    await expect(failure).rejects.not.toThrow(/s3cret/);
    await expect(load({ IsEncrypted: true }, {})).rejects.toThrow("encrypted settings");
  });
});

describe("the log filter", () => {
  it("lets the longest prefix of the category decide", () => {
    const passed: string[] = [];
    const log = filterLog((level, category) => passed.push(`${level} ${category}`), {
      default: "warning",
      Function: "information",
      "Function.noisy": "error",
      "Host.Quiet": "none",
    });
    log("information", "Host.Startup", "");
    log("warning", "Host.Startup", "");
    log("information", "Function.a.User", "");
    log("debug", "Function.a.User", "");
    log("warning", "Function.noisy.User", "");
    log("error", "Function.noisy", "");
    log("critical", "Host.Quiet", "");
    log("warning", "Functional", "");
    expect(passed).toEqual([
      "warning Host.Startup",
      "information Function.a.User",
      "error Function.noisy",
      "warning Functional",
    ]);
  });
});
