/** A process that reads from Snowflake, well and badly, and prints one line: what else it prints is the driver's. */
import { existsSync } from "node:fs";
import { inspect } from "node:util";
import { keys, PASSPHRASE, startSnowflakeBench } from "./snowflake-bench.ts";
import { budget, quiet } from "./source-fixture.ts";

const bench = await startSnowflakeBench();
const source = await bench.open();
const statement = { sql: "SELECT 1 AS a", params: [] };
const stream = await source.execute(statement, budget(), quiet());
const rows = await stream.read();
await stream.close();

const errors: unknown[] = [];
const note = (error: unknown) => errors.push(error);
for (const sql of ["SELECT nothing FROM items", "SELECT 1 FROM nowhere"])
  await source.execute({ sql, params: [] }, budget(), quiet()).catch(note);
const stranger = await bench.open({ config: { username: "somebody" } });
await stranger.execute(statement, budget(), quiet()).catch(note);

const shown = inspect(errors, { depth: 20, showHidden: true });
const secrets = [
  PASSPHRASE,
  keys.privateKey.slice(60, 120),
  "Snowflake Token",
  "session-",
  "master-",
  "eyJ",
];
const last = errors.at(-1) as { code?: string };
await bench.close();
console.log(
  JSON.stringify({
    rows,
    refused: last.code,
    logFile: existsSync("snowflake.log"),
    leaked: secrets.filter((secret) => shown.includes(secret)),
  }),
);
