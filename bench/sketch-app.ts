/** The sketch as an Azure Function, with the cheapest answer that one can give. */
import { app, type HttpRequest, HttpResponse } from "@azure/functions";
import { createSketch } from "./sketch.ts";

const { SKETCH_KEY = "", SKETCH_SQL = "", SKETCH_ROWS = "[]" } = process.env;
const answer = createSketch(SKETCH_KEY, SKETCH_SQL, SKETCH_ROWS);
app.setup({ enableHttpStream: true });
app.http("sketch", {
  methods: ["POST"],
  route: "sketch",
  authLevel: "anonymous",
  handler: async (request: HttpRequest) => {
    const [status, text] = answer(request.headers.get("x-api-key") ?? "", await request.text());
    const body = Buffer.from(text);
    const headers = { "content-type": "application/json", "content-length": String(body.length) };
    return {
      __proto__: HttpResponse.prototype,
      status,
      headers: new Map(Object.entries(headers)),
      cookies: [],
      enableContentNegotiation: false,
      body: { values: () => [body] },
    } as unknown as HttpResponse;
  },
});
