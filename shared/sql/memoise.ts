/** A verdict depends on the text alone, so that a text seen before is not judged again. */
import { LRUCache } from "lru-cache";
import type { GuardVerdict, SqlGuard } from "./ports.ts";

const MAX_CHARACTERS = 8_388_608;

export function memoiseGuard(guard: SqlGuard): SqlGuard {
  const verdicts = new LRUCache<string, GuardVerdict>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_verdict, sql) => sql.length + 1,
  });
  return {
    version: guard.version,
    check(sql) {
      const known = verdicts.get(sql);
      if (known !== undefined) return known;
      const verdict = guard.check(sql);
      if (!(verdict instanceof Promise)) verdicts.set(sql, verdict);
      else void verdict.then((settled) => verdicts.set(sql, settled)).catch(() => undefined);
      return verdict;
    },
  };
}
