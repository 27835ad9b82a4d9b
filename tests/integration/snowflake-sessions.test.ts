/** Snowflake's sessions: who may log in, what is kept, what happens when the server forgets, and what is told to nobody. */
// covers: SNOW-02, SNOW-03

import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SnowflakeSource } from "../../shared/adapters/snowflake/snowflake-source.ts";
import { accessUrlRule } from "../../shared/compose-snowflake.ts";
import type { AppError } from "../../shared/kernel/app-error.ts";
import { collect } from "../../shared/sources/collect.ts";
import {
  keys,
  PASSPHRASE,
  type SnowflakeBench,
  startSnowflakeBench,
} from "../support/snowflake-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

let bench: SnowflakeBench;
beforeAll(async () => {
  bench = await startSnowflakeBench({
    grants: {
      READER: [
        ["SELECT", "TABLE", "SHOP.PUBLIC.ITEMS", "false"],
        ["USAGE", "WAREHOUSE", "READING", "false"],
      ],
      WRITER: [
        ["INSERT", "TABLE", "SHOP.PUBLIC.ITEMS", "false"],
        ["USAGE", "ROLE", "OWNER", "false"],
      ],
      OWNER: [
        ["OWNERSHIP", "TABLE", "SHOP.PUBLIC.TEAMS", "true"],
        ["SELECT", "TABLE", "SHOP.PUBLIC.TEAMS", "true"],
      ],
      ACCOUNTADMIN: [],
    },
  });
});
afterAll(() => bench?.close());

const one = async (source: SnowflakeSource, sql = "SELECT 1 AS a") =>
  (await collect(source.execute({ sql, params: [] }, budget(), quiet()))).rows;

const otherKeys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

describe("logging in", () => {
  it("takes a key that is not encrypted as well", async () => {
    const bare = await startSnowflakeBench({
      user: { account: "ORG-ACME", username: "SVC", publicKey: otherKeys.publicKey },
    });
    const source = await bare.open({ credentials: { private_key: otherKeys.privateKey } });
    expect(await one(source)).toEqual([[1]]);
    await bare.close();
  });

  it("with another key is refused by the server, and the check says so", async () => {
    const source = await bench.open({ credentials: { private_key: otherKeys.privateKey } });
    await expect(one(source)).rejects.toMatchObject({
      code: "source_unavailable",
      detail: "The data source shop refused the credentials.",
    });
    expect(await source.check(quiet())).toMatchObject({
      ok: false,
      evidence: "The data source shop refused the credentials.",
    });
  });

  it.each([
    ["the wrong passphrase", { private_key: keys.privateKey, passphrase: "wrong" }],
    ["no passphrase", { private_key: keys.privateKey }],
    ["no key", { private_key: "not a key" }],
    [
      "a key of another kind",
      {
        private_key: generateKeyPairSync("ed25519", {
          privateKeyEncoding: { type: "pkcs8", format: "pem" },
          publicKeyEncoding: { type: "spki", format: "pem" },
        }).privateKey,
      },
    ],
  ])("with %s is refused at once, and nothing of it is repeated", async (_what, credentials) => {
    const error = await bench.open({ credentials }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "request_invalid",
      fields: [{ pointer: "/credentials/private_key" }],
    });
    expect(
      JSON.stringify([error, (error as AppError).message, (error as AppError).cause]),
    ).not.toContain(credentials.private_key.slice(-60, -40) || credentials.private_key);
  });

  it.each([
    ["https://org-acme.privatelink.snowflakecomputing.com", [], null],
    ["http://org-acme.snowflakecomputing.com", [], /https/],
    ["http://127.0.0.1:8080", [], /not on the public internet/],
    ["https://169.254.169.254", ["0.0.0.0/0"], /metadata/],
    ["http://127.0.0.1:8080", ["127.0.0.0/8"], null],
    ["https://org-acme.snowflakecomputing.cn", [], null],
    // Whoever owns the name could point it into our network after it was checked.
    ["https://snowflake.example.com", [], /OUTBOUND_ALLOW/],
    ["https://snowflakecomputing.com.example.com", [], /OUTBOUND_ALLOW/],
    ["https://notsnowflakecomputing.com", [], /OUTBOUND_ALLOW/],
    ["https://93.184.215.14", [], /OUTBOUND_ALLOW/],
    ["https://snowflake.example.com", ["snowflake.example.com"], null],
  ] as const)("at %s with %j allowed is judged by the outbound rule", (url, allow, expected) => {
    const reason = accessUrlRule(allow)(url);
    if (expected === null) expect(reason).toBeNull();
    else expect(reason).toMatch(expected);
  });

  it("at an address that may not be called makes no source", async () => {
    await expect(bench.open({ refuseUrl: () => "not there" })).rejects.toMatchObject({
      code: "request_invalid",
      detail: "/config/access_url: not there",
    });
  });

  it("tries again when the service is away for a moment, and says unavailable when it stays away", async () => {
    const source = await bench.open();
    bench.peer.fail(/login-request/, 503, 1);
    expect(await one(source)).toEqual([[1]]);
    bench.peer.fail(/query-request/, 503, 1);
    expect(await one(source)).toEqual([[1]]);
    const away = await bench.open({ config: { access_url: "http://127.0.0.1:9" } });
    const hasty = new AbortController();
    const check = away
      .execute({ sql: "SELECT 1", params: [] }, budget(), hasty.signal)
      .catch((error: unknown) => error);
    hasty.abort();
    expect(await check).toMatchObject({ code: "client_closed" });
  });
});

describe("a session", () => {
  it("is kept from statement to statement, and logged out at the end", async () => {
    const { counts } = bench.peer;
    const before = { ...counts };
    const source = await bench.open();
    for (let i = 0; i < 5; i++) await one(source);
    expect([counts.logIns - before.logIns, counts.logOuts - before.logOuts]).toEqual([1, 0]);
    await source.close();
    expect(counts.logOuts - before.logOuts).toBe(1);
  });

  it("that was idle is asked by a heartbeat before it is used", async () => {
    const source = await bench.open({ heartbeatAfterMs: 0 });
    await one(source);
    const before = bench.peer.counts.heartbeats;
    await one(source);
    expect(bench.peer.counts.heartbeats).toBe(before + 1);
  });

  it.each([
    [
      "whose token has expired is renewed",
      (peer: SnowflakeBench["peer"]) => peer.sessions.expire(false),
      0,
      1,
    ],
    [
      "whose master token has expired too is replaced by a new log-in",
      (peer: SnowflakeBench["peer"]) => peer.sessions.expire(true),
      1,
      0,
    ],
    [
      "that the server has ended is replaced by a new log-in",
      (peer: SnowflakeBench["peer"]) => peer.sessions.forget(),
      1,
      0,
    ],
  ])("%s, and the caller notices nothing", async (_what, end, logIns, renewals) => {
    const source = await bench.open({ config: { max_connections: 1 } });
    await one(source);
    const before = { ...bench.peer.counts };
    end(bench.peer);
    expect(await one(source)).toEqual([[1]]);
    const { counts } = bench.peer;
    expect([counts.logIns - before.logIns, counts.renewals - before.renewals]).toEqual([
      logIns,
      renewals,
    ]);
  });

  it("is had by at most so many at once; those who wait too long are told it is busy", async () => {
    const source = await bench.open({ config: { max_connections: 1 }, waitMs: 50 });
    const caller = new AbortController();
    const slow = source
      .execute({ sql: "SELECT SYSTEM$WAIT(60)", params: [] }, budget(), caller.signal)
      .catch((error: unknown) => error);
    await bench.peer.untilRunning();
    await expect(one(source)).rejects.toMatchObject({ code: "overloaded" });
    caller.abort();
    expect(await slow).toMatchObject({ code: "client_closed" });
    expect(await one(source)).toEqual([[1]]);
  });

  it("has the configured role alone, not the user's other ones", async () => {
    const source = await bench.open();
    expect(await one(source, "SELECT CURRENT_ROLE(), CURRENT_SECONDARY_ROLES()")).toEqual([
      ["READER", "NONE"],
    ]);
  });
});

describe("the principal's attributes", () => {
  it("are session variables that row rules read, and no other caller has them", async () => {
    const source = await bench.open({ config: { max_connections: 1 } });
    const countAs = async (session: Readonly<Record<string, string>>) =>
      (
        await collect(
          source.execute(
            { sql: "SELECT COUNT(*) FROM my_items", params: [], session },
            budget(),
            quiet(),
          ),
        )
      ).rows[0]?.[0];
    expect(await countAs({ region: "EU" })).toBe(250);
    expect(await countAs({})).toBe(0);
    expect(await countAs({ region: "US", extra: "it's\\ 'x'" })).toBe(250);
    expect(await countAs({ region: "' OR '1'='1" })).toBe(0);
    const before = bench.peer.counts.queries;
    await countAs({ region: "' OR '1'='1" });
    expect(bench.peer.counts.queries).toBe(before + 1);
  });

  it("that do not fit into a variable are refused", async () => {
    const source = await bench.open();
    const session = { long: "x".repeat(257) };
    await expect(
      source.execute({ sql: "SELECT 1", params: [], session }, budget(), quiet()),
    ).rejects.toMatchObject({ code: "request_invalid" });
  });
});

describe("privileges", () => {
  it("of a role that only reads are no finding", async () => {
    expect(await (await bench.open()).privileges(quiet())).toEqual([]);
  });

  it("to write, to own and to grant on are findings, inherited ones too", async () => {
    const found = await (await bench.open({ config: { role: "WRITER" } })).privileges(quiet());
    expect(found.map(({ severity, privilege }) => [severity, privilege])).toEqual([
      ["warning", "insert"],
      ["danger", "ownership"],
      ["danger", "select"],
    ]);
    expect(found[0]?.evidence).toBe("Role WRITER has INSERT on table SHOP.PUBLIC.ITEMS");
  });

  it("of an administrative role are a finding by its name", async () => {
    const found = await (await bench.open({ config: { role: "ACCOUNTADMIN" } })).privileges(
      quiet(),
    );
    expect(found).toMatchObject([{ severity: "danger", privilege: "administrator" }]);
  });
});

describe("memory", () => {
  it("holds a few chunks of a result, however long it is", async () => {
    const live = async (rows: number) => {
      const args = ["--expose-gc", "tests/support/snowflake-memory.ts", String(rows)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const read = JSON.parse(stdout) as { rows: number; truncated: boolean; liveMiB: number };
      expect([read.rows, read.truncated]).toEqual([rows, false]);
      return read.liveMiB;
    };
    const [short, long] = [await live(20_000), await live(200_000)];
    // Were the rows kept, the text of 180,000 more would be 20 MiB, and the objects around it several times that.
    expect(long - short).toBeLessThan(32);
  }, 240_000);
});

describe("secrets", () => {
  it("are in no error, and the driver prints nothing and writes no log file", async () => {
    const script = "tests/support/snowflake-silence.ts";
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], {
      env: { PATH: process.env.PATH ?? "" },
    });
    expect(stderr.replace(/\(node:\d+\).*|\(Use `node.*/g, "").trim()).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      rows: [["1"]],
      refused: "source_unavailable",
      logFile: false,
      leaked: [],
    });
    expect(PASSPHRASE.length).toBeGreaterThan(10);
  });
});
