/** The sketch over node:http, in a process of its own. */
import { createServer } from "node:http";
import { createSketch } from "./sketch.ts";

const [key = "", sql = "", rows = "[]"] = process.argv.slice(2);
const answer = createSketch(key, sql, rows);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const given = request.headers["x-api-key"];
    const body = Buffer.concat(chunks).toString();
    const [status, text] = answer(typeof given === "string" ? given : "", body);
    const bytes = Buffer.from(text);
    const headers = { "content-type": "application/json", "content-length": bytes.byteLength };
    response.writeHead(status, headers);
    response.end(bytes);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
process.on("disconnect", () => process.exit(0));
