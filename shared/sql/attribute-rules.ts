/**
 * Attribute notation is a hidden call: PostgreSQL reads `(x).f` as f(x) where x has no field f (manual, 8.16.5), and
 * `t.f` too where t is a function's row. No function node is in the tree, so the name itself is judged.
 * Functions of the source's users are known from its catalogue only: policy/attribute-calls.ts judges those.
 */
import { judgeFunction } from "./function-rules.ts";

/**
 * What PostgreSQL and its best-known extensions would run with one argument. Exact names or reserved prefixes only:
 * a column may well be called `http_status` or `time_slot`, which the families of refused functions would match.
 */
const REFUSED =
  /^(?:aclexplode|(?:aclitem|regrole)(?:in|out)|amvalidate|current_setting|currval|dblink\w*|http_(?:delete|get|head)|lo_(?:close|creat|create|export|get|import|open|tell|tell64|unlink)|mxid_age|nextval|row_security_active|setseed|to_regrole|ts_stat|txid_snapshot_\w+|txid_status|(?:binary_upgrade|brin|fmgr|gin|gist|plpgsql|spg)_\w+)$/;

export function isRefusedAttribute(name: string): boolean {
  if (name.startsWith("pg_")) return judgeFunction(null, name).kind === "refused";
  return REFUSED.test(name);
}
