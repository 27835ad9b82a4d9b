/** Rows leave a source at the reader's pace, and a reader may stop at any row. */
// covers: SRC-09
import { afterEach, describe, expect, it } from "vitest";
import { collect } from "../../shared/sources/collect.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { budget, quiet } from "../support/source-fixture.ts";
import type { RunSql } from "./source-adapter-suite.ts";

const MANY = "select n, repeat('x', 200) from generate_series(1, 200000) n";
const wide = budget({ maxRows: 1_000_000, maxBytes: 1_000_000_000 });

export function describeSourceStreams(adapter: () => SourceAdapter, run: RunSql): void {
  describe("a stream", () => {
    afterEach(async () => {
      const { rows } = await run("select count(*) from items");
      expect(rows).toEqual([[500]]);
    });

    it("gives the columns before the rows, every row once and in order, and then null for ever", async () => {
      const stream = await adapter().execute({ sql: MANY, params: [] }, wide, quiet());
      expect(stream.columns).toEqual([
        { name: "n", type: "integer" },
        { name: "repeat", type: "text" },
      ]);
      let expected = 1;
      let batches = 0;
      for (let batch = await stream.read(); batch !== null; batch = await stream.read()) {
        expect(batch.length).toBeGreaterThan(0);
        batches++;
        for (const row of batch) if (row[0] !== String(expected++)) expect.fail(`row ${row[0]}`);
      }
      expect([expected, stream.truncated()]).toEqual([200_001, false]);
      expect(batches).toBeGreaterThan(10);
      expect(await stream.read()).toBeNull();
      await stream.close();
    });

    it("does not run ahead of a reader who takes his time", async () => {
      const stream = await adapter().execute({ sql: MANY, params: [] }, wide, quiet());
      const first = await stream.read();
      // Time for all 40 MB to come, were they not held up; a machine too slow for that only makes the test weaker.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const second = await stream.read();
      const bytes = (rows: typeof first) =>
        (rows ?? []).reduce((sum, row) => sum + row.join().length, 0);
      expect(bytes(first) + bytes(second)).toBeLessThan(12_000_000);
      await stream.close();
    });

    it("may be closed before its end: the source stops, and there are no more rows", async () => {
      const endless =
        "with recursive r as (select 1 as n union all select n + 1 from r) select n, repeat('x', 100) from r";
      const stream = await adapter().execute({ sql: endless, params: [] }, wide, quiet());
      expect((await stream.read())?.length).toBeGreaterThan(0);
      await stream.close();
      expect(await stream.read()).toBeNull();
      await stream.close();
    });

    it("ends with client_closed for a reader who goes away in the middle", async () => {
      const caller = new AbortController();
      const stream = await adapter().execute({ sql: MANY, params: [] }, wide, caller.signal);
      await stream.read();
      caller.abort();
      await expect(readOn(stream)).rejects.toMatchObject({ code: "client_closed" });
      await stream.close();
    });

    it("ends with the error of a row in the middle", async () => {
      const sql = "select 10 / (n - 150000), repeat('x', 200) from generate_series(1, 200000) n";
      const failing = collect(adapter().execute({ sql, params: [] }, wide, quiet()));
      await expect(failing).rejects.toMatchObject({ code: "query_failed" });
    });
  });

  describe("a statement's session attributes", () => {
    it("are there for the statement and gone after it", async () => {
      const sql = "select current_setting('mcp.team', true), current_setting('mcp.owner', true)";
      const session = { team: `it's "blue"`, owner: "ann" };
      const { rows } = await collect(
        adapter().execute({ sql, params: [], session }, budget(), quiet()),
      );
      expect(rows).toEqual([[`it's "blue"`, "ann"]]);
      const after = await run(sql);
      expect(after.rows.flat().filter(Boolean)).toEqual([]);
    });
  });

  describe("a plan", () => {
    it("is the source's own, and the statement is not run", async () => {
      const sql = "select 1 / (item_id - item_id) from items where item_id > $1";
      const plan = await adapter().explain({ sql, params: [3] }, budget(), quiet());
      expect(JSON.stringify(plan)).toContain("items");
    });
  });
}

async function readOn(stream: { read(): Promise<unknown> }): Promise<void> {
  while ((await stream.read()) !== null);
}
