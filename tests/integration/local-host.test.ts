/** Start, hooks, logs, admin routes and stop of the local host. */
// covers: HOST-03, HOST-07, HOST-10, HOST-11
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { TestHost } from "../support/local-host.ts";
import { forgetSeen, seen, startTestHost, until } from "../support/local-host.ts";
import { createManualClock } from "../support/manual-clock.ts";

let host: TestHost | undefined;
afterEach(async () => {
  await host?.stop();
  host = undefined;
  forgetSeen();
});

const json = { "content-type": "application/json" };

describe("start", () => {
  it("rejects with the very error that the entry file throws, and can start the next app", async () => {
    await expect(startTestHost(`throw new Error("bad config: KEY_A")`)).rejects.toThrow(
      /^bad config: KEY_A$/,
    );
    host = await startTestHost(`app.http("ok", { handler: () => ({ body: "ok" }) });`);
    expect(await (await fetch(`${host.url}/api/ok`)).text()).toBe("ok");
  });

  it("refuses to start when an appStart hook throws", async () => {
    const source = `app.http("a", { handler: () => ({}) });
      app.hook.appStart(() => { throw new Error("no database"); });`;
    await expect(startTestHost(source)).rejects.toThrow("no database");
  });

  it("names function and type of everything that it cannot run", async () => {
    const source = `
      app.storageBlob("onBlob", { path: "c/{n}", connection: "S", handler: () => {} });
      app.http("writes", { extraOutputs: [output.storageBlob({ path: "c/x", connection: "S" })], handler: () => ({}) });
      app.http("reads", { extraInputs: [input.storageBlob({ path: "c/x", connection: "S" })], handler: () => ({}) });`;
    await expect(startTestHost(source)).rejects.toThrow(
      /"onBlob" has a trigger of type "blobTrigger".*\n.*"writes" has an output binding of type "blob".*\n.*"reads" has an input binding of type "blob"/,
    );
  });

  it.each([
    [
      `app.timer("t", { schedule: "never", handler: () => {} });`,
      'Function "t": The schedule "never"',
    ],
    [
      `app.timer("t", { schedule: "%LOCAL_HOST_UNSET%", handler: () => {} });`,
      "%LOCAL_HOST_UNSET%",
    ],
    [
      `app.storageQueue("q", { queueName: "q", connection: "LOCAL_HOST_UNSET", handler: () => {} });`,
      'The queue connection "LOCAL_HOST_UNSET" is not set',
    ],
    [
      `app.http("a", { route: "x", handler: () => ({}) }); app.http("b", { route: "x", handler: () => ({}) });`,
      'Functions "a" and "b" both answer GET /api/x.',
    ],
    [
      `app.http("a", { handler: () => ({}) }); app.http("A", { handler: () => ({}) });`,
      'A function with name "A" has already been registered.',
    ],
    ["", "registered no function"],
  ])("refuses %s with one clear sentence", async (source, message) => {
    await expect(startTestHost(source)).rejects.toThrow(message);
  });

  it("says in one sentence that the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await until("the other server", () => other.listening);
    const { port } = other.address() as { port: number };
    const source = `app.http("a", { handler: () => ({}) });`;
    await expect(startTestHost(source, { port })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is already in use: stop what listens there or choose another port.`,
    );
    other.close();
  });

  it("keeps one host per process, so that two apps never mix", async () => {
    const source = `app.http("a", { handler: () => ({}) });`;
    host = await startTestHost(source);
    await expect(startTestHost(source)).rejects.toThrow("Another local Functions host is running");
  });

  it("lists what it runs, without the functions that a setting disables", async () => {
    host = await startTestHost(
      `app.http("get", { route: "models/{id}", methods: ["get"], handler: () => ({}) });
       app.timer("tick", { schedule: "%LOCAL_HOST_TICK%", handler: () => {} });
       app.warmup("warm", { handler: () => { (globalThis.seenByApp ??= []).push("warm"); } });
       app.timer("off", { schedule: "0 0 * * * *", handler: () => {} });`,
      { env: { LOCAL_HOST_TICK: "0 0 4 * * *", "AzureWebJobs.off.Disabled": "true" } },
    );
    expect(host.functions).toEqual([
      { name: "get", trigger: "http", methods: ["GET"], route: "/api/models/{id}" },
      { name: "tick", trigger: "timer", schedule: "0 0 4 * * *" },
      { name: "warm", trigger: "warmup" },
    ]);
    expect(seen()).toEqual(["warm"]);
  });

  it("drops the route prefix when host.json empties it, and then guards its own routes", async () => {
    const hostJson = { extensions: { http: { routePrefix: "" } } };
    host = await startTestHost(
      `app.http("root", { route: "{*path}", handler: (r) => ({ body: r.params.path ?? "/" }) });`,
      { hostJson },
    );
    expect(await (await fetch(`${host.url}/`)).text()).toBe("/");
    expect(await (await fetch(`${host.url}/some/page`)).text()).toBe("some/page");
    await host.stop();
    const source = `app.http("bad", { route: "admin/x", handler: () => ({}) });`;
    await expect(startTestHost(source, { hostJson })).rejects.toThrow('"/admin/x" conflicts');
  });

  it("runs an app that is not bundled, more than once in a process", async () => {
    const library = createRequire(import.meta.url).resolve("@azure/functions");
    const dir = await mkdtemp(join(tmpdir(), "unbundled-"));
    for (const answer of ["first", "second"]) {
      const entry = join(dir, `${answer}.mjs`);
      await writeFile(
        entry,
        `import { createRequire } from "node:module";
         const { app } = createRequire(import.meta.url)(${JSON.stringify(library)});
         app.setup({ enableHttpStream: true });
         app.http("say", { handler: () => ({ body: "${answer}" }) });`,
      );
      host = await startTestHost("", { entry });
      expect(await (await fetch(`${host.url}/api/say`)).text()).toBe(answer);
      await host.stop();
    }
    await rm(dir, { recursive: true });
  });
});

describe("hooks and logs", () => {
  const source = `
    globalThis.seenByApp ??= [];
    const note = (text) => globalThis.seenByApp.push(text);
    app.hook.appStart((ctx) => { ctx.hookData.shared = 1; note("appStart"); });
    app.hook.appTerminate(async (ctx) => { await null; note("appTerminate " + ctx.hookData.shared); });
    app.hook.preInvocation((ctx) => {
      note("pre " + ctx.invocationContext.functionName);
      ctx.hookData.key = "kept";
      const inner = ctx.functionHandler;
      ctx.functionHandler = async (...args) => ({ ...(await inner(...args)), headers: { wrapped: "yes" } });
    });
    app.hook.postInvocation((ctx) => {
      note("post " + ctx.hookData.key + " " + (ctx.error?.message ?? "ok"));
      if (ctx.error?.message === "forgiven") { ctx.error = null; ctx.result = { status: 299 }; }
    });
    app.hook.log((ctx) => { ctx.message = ctx.message.replace("s3cret", "***"); });
    app.http("fine", { handler: (r, ctx) => { ctx.debug("hidden"); ctx.log("a", 1, { s3cret: 2 }); ctx.warn("w"); return { body: "b" }; } });
    app.http("forgiven", { handler: () => { throw new Error("forgiven"); } });
  `;

  it("run around every invocation and may change handler, result and error", async () => {
    host = await startTestHost(source);
    const fine = await fetch(`${host.url}/api/fine`);
    expect([fine.headers.get("wrapped"), await fine.text()]).toEqual(["yes", "b"]);
    expect((await fetch(`${host.url}/api/forgiven`)).status).toBe(299);
    await host.stop();
    expect(seen()).toEqual([
      "appStart",
      "pre fine",
      "post kept ok",
      "pre forgiven",
      "post kept forgiven",
      "appTerminate 1",
    ]);
  });

  it("carry user lines to the sink at the levels of host.json", async () => {
    const hostJson = { logging: { logLevel: { default: "Warning", Function: "Information" } } };
    host = await startTestHost(source, { hostJson });
    await fetch(`${host.url}/api/fine`);
    expect(host.lines).toEqual([
      { level: "information", category: "Function.fine.User", message: "a 1 { ***: 2 }" },
      { level: "warning", category: "Function.fine.User", message: "w" },
    ]);
  });

  it("say when a run passes functionTimeout", async () => {
    const clock = createManualClock("2026-01-01T00:00:00Z");
    host = await startTestHost(
      `app.http("slow", { handler: () => new Promise((resolve) => { (globalThis.seenByApp ??= []).push(resolve); }) });`,
      { clock, hostJson: { functionTimeout: "00:00:10" } },
    );
    const pending = fetch(`${host.url}/api/slow`);
    const [finish] = await until("the handler", () => (seen().length > 0 ? seen() : undefined));
    await clock.advance(9_999);
    expect(host.lines.filter((line) => line.level === "error")).toEqual([]);
    await clock.advance(1);
    expect(host.lines.filter((line) => line.level === "error")).toMatchObject([
      {
        message: expect.stringMatching(
          /^Timeout value of 10 s exceeded by function 'Functions.slow'/,
        ),
      },
    ]);
    (finish as (value: object) => void)({});
    expect((await pending).status).toBe(200);
  });
});

describe("admin routes", () => {
  const source = `app.http("web", { handler: () => ({}) });
    app.timer("Tick", { schedule: "0 0 4 * * *", handler: (timer) => {
      (globalThis.seenByApp ??= []).push(timer); if (timer.isPastDue) throw new Error("late"); } });`;

  it("list the functions and tell that the host runs", async () => {
    host = await startTestHost(source);
    const list = (await (await fetch(`${host.url}/admin/functions`)).json()) as { name: string }[];
    expect(list.map((fn) => fn.name)).toEqual(["web", "Tick"]);
    expect(await (await fetch(`${host.url}/admin/host/status`)).json()).toMatchObject({
      state: "Running",
    });
  });

  it("run a timer by hand, once, answering 202 at once", async () => {
    host = await startTestHost(source);
    const run = await fetch(`${host.url}/admin/functions/tick`, {
      method: "POST",
      body: `{"input":""}`,
      headers: json,
    });
    expect(run.status).toBe(202);
    await until("the run", () => seen().length > 0);
    expect(seen()).toMatchObject([
      { isPastDue: false, scheduleStatus: { last: expect.any(String) } },
    ]);
  });

  it("refuse unknown names, HTTP functions, other content types and bodies that are no object", async () => {
    host = await startTestHost(source);
    const post = async (name: string, body: string, headers = json) =>
      (await fetch(`${host?.url}/admin/functions/${name}`, { method: "POST", body, headers }))
        .status;
    expect(await post("absent", "{}")).toBe(404);
    expect(await post("web", "{}")).toBe(400);
    expect(await post("Tick", "[]")).toBe(400);
    expect(await post("Tick", "nonsense")).toBe(400);
    expect(await post("Tick", "{}", { "content-type": "text/plain" })).toBe(415);
    expect((await fetch(`${host.url}/admin/elsewhere`)).status).toBe(404);
    expect(seen()).toEqual([]);
  });
});

describe("stop", () => {
  const source = `app.setup({ enableHttpStream: true });
    globalThis.seenByApp ??= [];
    app.hook.appTerminate(() => { globalThis.seenByApp.push("terminated"); });
    app.http("wait", { handler: () => new Promise((resolve) => globalThis.seenByApp.push(resolve)) });
    app.http("stream", { handler: () => ({ body: new ReadableStream({
      async pull(out) { await new Promise(setImmediate); out.enqueue(Buffer.from("x")); },
    }) }) });`;

  it("lets a running request end, takes no new one, then runs appTerminate and frees the port", async () => {
    host = await startTestHost(source);
    const running = fetch(`${host.url}/api/wait`);
    const [finish] = await until("the handler", () => (seen().length > 0 ? seen() : undefined));
    const stopped = host.stop();
    expect(seen()).not.toContain("terminated");
    await expect(
      fetch(`${host.url}/api/wait`, { headers: { connection: "close" } }),
    ).rejects.toThrow();
    (finish as (value: object) => void)({ body: "in time" });
    expect(await (await running).text()).toBe("in time");
    await stopped;
    expect(seen()).toContain("terminated");
    host = await startTestHost(source, { port: host.port });
  });

  it("cuts off what outlives the grace time, and ends its copy", async () => {
    host = await startTestHost(source, { graceMs: 20 });
    const endless = await fetch(`${host.url}/api/stream`);
    await host.stop();
    await expect(endless.text()).rejects.toThrow();
    // The library never cancels the app's stream (its compiled loop skips that); it stops reading it.
    await until("the end of the copy", () =>
      host?.lines.some(({ message }) =>
        message.includes("stopped before the response was complete"),
      ),
    );
    expect(seen()).toContain("terminated");
    expect(host.lines).toContainEqual(
      expect.objectContaining({ message: "1 invocations did not end in 20 ms." }),
    );
  });
});
