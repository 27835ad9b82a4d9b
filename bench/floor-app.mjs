/** The least an Azure Function over PostgreSQL can be: no key, no body read, no guard, no transaction, one statement. */
import { app, HttpResponse } from "@azure/functions";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.FLOOR_POSTGRES_URL, max: 4 });
app.setup({ enableHttpStream: true });
app.http("floor", {
  methods: ["POST"],
  route: "floor",
  authLevel: "anonymous",
  handler: async () => {
    const { rows } = await pool.query(process.env.FLOOR_SQL ?? "");
    const body = Buffer.from(JSON.stringify(rows));
    const headers = { "content-type": "application/json", "content-length": String(body.length) };
    return {
      __proto__: HttpResponse.prototype,
      status: 200,
      headers: new Map(Object.entries(headers)),
      cookies: [],
      enableContentNegotiation: false,
      body: { values: () => [body] },
    };
  },
});
app.hook.appTerminate(() => pool.end());
