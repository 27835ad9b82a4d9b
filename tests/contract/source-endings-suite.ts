/** How a statement on a source may end other than well, and that the next one never notices. */
// covers: SRC-05, QRY-07, QRY-14
import { afterEach, describe, expect, it } from "vitest";
import { collect } from "../../shared/sources/collect.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { budget } from "../support/source-fixture.ts";
import type { RunSql } from "./source-adapter-suite.ts";

const ENDLESS = "select count(*) from generate_series(1, 100000000000)";

export function describeSourceEndings(adapter: () => SourceAdapter, run: RunSql): void {
  describe("after an ending", () => {
    // The invariant of all of them: no open transaction, no changed setting, no lost data.
    afterEach(async () => {
      const { rows } = await run(
        "select (select count(*) from items), current_setting('search_path') like '%public', current_setting('transaction_read_only')",
      );
      expect(rows).toEqual([[500, true, "on"]]);
    });

    it.each([
      ["a syntax error", "selec 1", "sql_syntax"],
      ["a missing table", "select * from nowhere", "table_not_found"],
      ["a missing column", "select nothing from items", "query_failed"],
      [
        "an error in the middle of the rows",
        "select 10 / (n - 400) from generate_series(1, 900) n",
        "query_failed",
      ],
      ["a parameter without a value", "select $1::integer", "sql_parameters"],
      ["a value of the wrong type", "select 'x'::integer", "query_failed"],
    ])("of %s the error has its code, and the source works", async (_name, sql, code) => {
      await expect(run(sql)).rejects.toMatchObject({ name: "AppError", code });
    });

    it("by the time limit it says so, and those who wait behind it are served", async () => {
      const slow = run(ENDLESS, { timeoutMs: 300 }).catch((error: unknown) => error);
      const behind = Array.from({ length: 6 }, (_, i) => run("select $1::integer", {}, [i]));
      expect(await slow).toMatchObject({ name: "AppError", code: "query_timeout" });
      expect((await Promise.all(behind)).map((one) => one.rows[0]?.[0])).toEqual([
        0, 1, 2, 3, 4, 5,
      ]);
    });

    it.each([1, 5, 20, 60, 150])(
      "by a time limit of %i ms three times in a row",
      async (timeoutMs) => {
        for (let i = 0; i < 3; i++)
          await expect(run(ENDLESS, { timeoutMs })).rejects.toMatchObject({
            code: "query_timeout",
          });
      },
    );

    it("by a caller who goes away it is cancelled, and those who wait behind it are served", async () => {
      const caller = new AbortController();
      const gone = collect(
        adapter().execute({ sql: ENDLESS, params: [] }, budget(), caller.signal),
      ).catch((error: unknown) => error);
      const behind = Array.from({ length: 6 }, (_, i) => run("select $1::integer", {}, [i]));
      caller.abort();
      expect(await gone).toMatchObject({ name: "AppError", code: "client_closed" });
      expect(await Promise.all(behind)).toHaveLength(6);
    });

    it("by a caller who was gone before, nothing runs", async () => {
      await expect(
        adapter().execute({ sql: "select 1", params: [] }, budget(), AbortSignal.abort()),
      ).rejects.toMatchObject({ name: "AppError", code: "client_closed" });
    });

    it("by a caller who goes away while others hold every connection, its statement never runs long", async () => {
      const callers = Array.from({ length: 8 }, () => new AbortController());
      const all = callers.map((caller) =>
        collect(adapter().execute({ sql: ENDLESS, params: [] }, budget(), caller.signal)).catch(
          (error: unknown) => error,
        ),
      );
      // The last come first, so that the statements that wait for a connection are given up while they wait.
      for (const caller of callers.toReversed()) caller.abort();
      for (const ending of await Promise.all(all))
        expect(ending).toMatchObject({ name: "AppError", code: "client_closed" });
    });
  });
}
