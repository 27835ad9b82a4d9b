import { PGlite } from "@electric-sql/pglite";
import { createAskEngine } from "../shared/ask/engine.ts";
import { introspectPglite } from "./support/introspect-pglite.ts";
import { judge, tally } from "./support/ask-runner.ts";
import { hospitalCases, hospitalSql, hospitalToday, hospitalUnanswerable } from "./support/hospital.ts";
const db = await PGlite.create(); await db.exec(hospitalSql);
const schema = await introspectPglite(db); const engine = createAskEngine(); const now = Date.parse(hospitalToday + "T12:00:00Z");
const v = await judge({ db, engine, schema, examples: [], now }, hospitalCases);
for (const x of v) if (x.verdict !== "right") console.log(x.verdict, x.confidence, "|", x.question, "|", x.detail, "\n");
console.log(tally(v), v.filter((x) => x.verdict === "right" && x.confidence < 0.8).map((x) => [x.question, x.confidence]));
for (const q of hospitalUnanswerable) { const o = engine.ask({ question: q, schema, examples: [], now }); console.log(q, o.kind, o.kind === "abstain" ? o.reason : JSON.stringify(o)); }
