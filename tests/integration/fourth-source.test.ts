/** A kind of source that the platform does not know, added as docs/adding-a-source.md says, through the whole query path. */
// covers: SRC-14, SRC-12, SRC-13, SRC-15, SRC-01
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSecretBox } from "../../shared/adapters/crypto/secret-box.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createSourceStore } from "../../shared/adapters/metadata/source-store.ts";
import type { AppError } from "../../shared/kernel/app-error.ts";
import { planSql } from "../../shared/query/plan-statement.ts";
import { renderStream } from "../../shared/query/rendered-result.ts";
import { createSourceKinds } from "../../shared/sources/kinds.ts";
import { registerSource } from "../../shared/sources/register-source.ts";
import { rewrapCredentials, rotateCredentials } from "../../shared/sources/rotate-credentials.ts";
import { createSourceGateway } from "../../shared/sources/source-gateway.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { manualClock, testContext } from "../support/call-context.ts";
import { openEmbeddedMetadata } from "../support/databases.ts";
import { ledgerKind, ledgers } from "../support/ledger-source.ts";
import { budget, quiet } from "../support/source-fixture.ts";

const OLD_KEY = Buffer.alloc(32, 1);
const NEW_KEY = Buffer.alloc(32, 2);
const request = {
  source_id: "books",
  type: "ledger",
  config: { book: "2026", limits: { max_rows: 2 } },
  credentials: { pin: "1234" },
};

describe("a fourth kind of source", () => {
  let metadata: Awaited<ReturnType<typeof openEmbeddedMetadata>>;
  const clock = manualClock();
  const { ctx } = testContext();
  const kinds = createSourceKinds([ledgerKind], () => undefined);
  const box = { current: createSecretBox(OLD_KEY) };
  const secrets = {
    seal: (plain: string, context: string) => box.current.seal(plain, context),
    open: (sealed: string, context: string) => box.current.open(sealed, context),
    isCurrent: (sealed: string) => box.current.isCurrent(sealed),
  };
  const instance = () => {
    const sourceStore = createSourceStore(metadata.db);
    const sources = createSourceGateway({
      store: sourceStore,
      secrets,
      kinds,
      builtins: [],
      clock,
    });
    return { sourceStore, sources, secrets, kinds, privilegePolicy: "refuse_danger" as const };
  };
  const read = async (deps: ReturnType<typeof instance>, sql: string) => {
    const source = await deps.sources.resolve("books", ctx.principal);
    const guard = createSqlGuard(await createLibpgParser());
    const plan = await planSql(guard, sql, []);
    const stream = await source.adapter.execute(plan, budget(), quiet());
    return (await renderStream(stream, "arrays")).rowsJson("arrays");
  };
  beforeAll(async () => {
    metadata = await openEmbeddedMetadata();
  });
  afterAll(() => metadata.close());

  it("is refused by its own rules, every issue at once, and an unknown kind by its name", async () => {
    const deps = instance();
    const wrong = { ...request, config: { bok: "2026" }, credentials: { pin: 5 } };
    const error = await registerSource(deps, wrong as never, ctx).catch((one) => one);
    expect(error).toMatchObject({ code: "request_invalid" });
    expect((error as AppError).fields?.map((field) => field.pointer).toSorted()).toEqual([
      "/config/bok",
      "/config/book",
      "/credentials/pin",
    ]);
    await expect(registerSource(deps, { ...request, type: "gopher" }, ctx)).rejects.toMatchObject({
      detail: expect.stringContaining("ledger"),
    });
    await expect(
      registerSource(deps, { ...request, credentials: { pin: "0000" } }, ctx),
    ).rejects.toMatchObject({ detail: expect.stringContaining("wrong pin") });
  });

  it("is refused where its login could do harm, and the finding is named", async () => {
    const error = registerSource(instance(), { ...request, credentials: { pin: "root" } }, ctx);
    await expect(error).rejects.toMatchObject({ code: "source_overprivileged", status: 422 });
    await expect(error).rejects.toThrow("may burn the books");
  });

  it("is registered, introspected and queried through the guard like any other", async () => {
    const deps = instance();
    const { probe } = await registerSource(deps, request, ctx);
    expect(probe.findings).toEqual([]);
    const source = await deps.sources.resolve("books", ctx.principal);
    expect((await deps.sources.schema(source, quiet())).tables[0]?.name).toBe("entries");
    expect(await read(deps, "select * from entries")).toBe(
      "[[1,12.50],[2,0.10],[3,99999999999999999999]]",
    );
    await deps.sources.close();
  });

  it("takes new credentials on every instance, without an ending for what runs", async () => {
    const [one, two] = [instance(), instance()];
    const running = await (await two.sources.resolve("books", ctx.principal)).adapter.execute(
      { sql: "select * from entries", params: [] },
      budget(),
      quiet(),
    );
    await expect(rotateCredentials(one, "books", { pin: "0000" }, ctx)).rejects.toMatchObject({
      code: "request_invalid",
    });
    await rotateCredentials(one, "books", { pin: "4321" }, ctx);
    ledgers.pins.delete("1234");
    expect(await read(one, "select * from entries")).toContain("12.50");
    clock.advance(5_000);
    expect(await read(two, "select * from entries")).toContain("12.50");
    expect(await running.read()).toHaveLength(3);
    await running.close();
    await Promise.all([one.sources.close(), two.sources.close()]);
  });

  it("keeps its credentials through a change of the master key: sealed anew once, readable all the time", async () => {
    const deps = instance();
    box.current = createSecretBox(NEW_KEY, [OLD_KEY]);
    expect(await read(deps, "select * from entries")).toContain("12.50");
    const counts = await Promise.all([rewrapCredentials(deps), rewrapCredentials(deps)]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
    expect(await rewrapCredentials(deps)).toBe(0);
    box.current = createSecretBox(NEW_KEY);
    const fresh = instance();
    expect(await read(fresh, "select * from entries")).toContain("12.50");
    await Promise.all([deps.sources.close(), fresh.sources.close()]);
  });

  it("that goes away opens the circuit for all callers of an instance, and comes back by itself", async () => {
    const deps = instance();
    await read(deps, "select * from entries");
    ledgers.away = true;
    for (let i = 0; i < 3; i++)
      await expect(read(deps, "select * from entries")).rejects.toMatchObject({
        code: "source_unavailable",
      });
    const asked = ledgers.calls;
    await expect(read(deps, "select * from entries")).rejects.toThrow(
      "books did not answer 3 times in a row",
    );
    expect(ledgers.calls).toBe(asked);
    ledgers.away = false;
    clock.advance(5_000);
    expect(await read(deps, "select * from entries")).toContain("12.50");
    await deps.sources.close();
  });

  it("gives turns: what waits is served when a stream ends, fails or is closed", async () => {
    const deps = instance();
    const { adapter } = await deps.sources.resolve("books", ctx.principal);
    const open = () =>
      adapter.execute({ sql: "select * from entries", params: [] }, budget(), quiet());
    const streams = await Promise.all(Array.from({ length: 4 }, open));
    const waiting = open();
    await streams[0]?.close();
    streams.push(await waiting);
    for (const stream of streams) await stream.close();
    await deps.sources.close();
  });
});
