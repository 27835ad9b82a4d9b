/** What a bare server costs, in a process of its own: the same bytes over node:http, or one statement through pg. */
import { createServer } from "node:http";
import pg from "pg";

const [mode = "", argument = "", sql = ""] = process.argv.slice(2);
const pool = mode === "pg" ? new pg.Pool({ connectionString: argument, max: 4 }) : null;
const bytes = Buffer.alloc(mode === "bytes" ? Number(argument) : 0, "x");

const server = createServer((request, response) => {
  request.resume();
  request.on("end", async () => {
    const body = pool === null ? bytes : Buffer.from(JSON.stringify((await pool.query(sql)).rows));
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": body.byteLength,
    });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
process.on("disconnect", () => process.exit(0));
