import { PGlite } from "@electric-sql/pglite";
import { demoSchemaSql } from "../shared/demo/schema-sql.ts";
import { demoDataSql } from "../shared/demo/data-sql.ts";
import { demoExamples } from "../shared/demo/examples.ts";
import { createAskEngine } from "../shared/ask/engine.ts";
import { introspectPglite } from "./support/introspect-pglite.ts";
import { judge, tally } from "./support/ask-runner.ts";
import { demoCases, demoToday, unanswerable } from "./support/demo-questions.ts";
import { existsSync } from "node:fs";
const dump = "/tmp/demo-pglite";
const fresh = !false;
const db = await PGlite.create();
if (fresh) { await db.exec(demoSchemaSql); const t = performance.now(); await db.exec(demoDataSql(demoToday)); console.log("data", performance.now() - t); }
const schema = await introspectPglite(db);
const engine = createAskEngine();
const now = Date.parse(demoToday + "T12:00:00Z");
const bench = { db, engine, schema, examples: demoExamples, now };
const t0 = performance.now(); engine.ask({ question: "x", schema, examples: demoExamples, now }); console.log("first ask", performance.now() - t0);
const extra = process.argv.slice(2);
if (extra.length) { for (const q of extra) console.log(engine.ask({ question: q, schema, examples: demoExamples, now })); process.exit(); }
const v = await judge(bench, demoCases).catch((e) => { console.log(e); process.exit(1); });
for (const x of v) if (x.verdict !== "right") console.log(x.verdict, x.confidence, "|", x.question, "|", x.detail, "\n");
console.log(tally(v), "low confidence right:", v.filter((x) => x.verdict === "right" && x.confidence < 0.8).map((x) => [x.question, x.confidence]));
for (const q of unanswerable) { const o = engine.ask({ question: q, schema, examples: demoExamples, now }); if (o.kind !== "abstain") console.log("UNANSWERABLE", q, o); else console.log("  ", q, "→", o.reason); }
for (const e of demoExamples) { const s = { int: 3, text: "Amber Bank", date: "2026-05-01", value: "EMEA" } as Record<string, unknown>; const params = e.slots.map((n) => s[new RegExp(`\\{${n}:(\\w+)\\}`).exec(e.question)?.[1] ?? ""]); try { await db.query(e.sql, params); } catch (err) { console.log("EXAMPLE", e.exampleId, String(err)); } }
const t1 = performance.now(); for (const c of demoCases) engine.ask({ question: c.question, schema, examples: demoExamples, now }); console.log("per question ms", (performance.now() - t1) / demoCases.length);
