/** A model endpoint to try things with: `node examples/model-server.mjs`. Stop it with Ctrl+C and watch the alert come. */
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  const answer = (status, value) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (request.method === "GET" && request.url === "/health") return answer(200, { status: "ok" });
  if (request.method !== "POST" || request.url !== "/") return answer(404, { error: "not found" });
  try {
    let body = "";
    for await (const chunk of request) body += chunk;
    const month = Number(JSON.parse(body).month.slice(5, 7));
    answer(200, { forecast: Math.round(1_000 + 200 * Math.sin((month / 6) * Math.PI)) });
  } catch {
    answer(400, { error: 'send {"month": "2026-01"}' });
  }
});
server.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
server.listen(8199, "127.0.0.1", () =>
  console.log("model endpoint on http://127.0.0.1:8199/ (GET /health, POST /)"),
);
