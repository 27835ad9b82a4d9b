/** The question network with all that it needs: its own files and the parser that reads verified SQL, loaded at the first question. */
import { createLibpgParser } from "./adapters/libpg-query/libpg-parser.ts";
import { loadNetwork } from "./adapters/question-network/load-network.ts";
import type { NetworkDeps } from "./ask/network/decide.ts";
import type { SelectReader } from "./ask/network/parsed-sql.ts";
import type { SqlParser } from "./sql/ports.ts";

/** @throws Error where a file is missing or does not fit the others. */
export async function loadQuestionNetwork(): Promise<NetworkDeps> {
  const [loaded, parser] = await Promise.all([loadNetwork(), createLibpgParser()]);
  return { ...loaded, readSql: createSelectReader(parser) };
}

/** SQL of other dialects is read too, where PostgreSQL's grammar has room for it. */
export function createSelectReader({ parse }: Pick<SqlParser, "parse">): SelectReader {
  return (sql) => {
    const parsed = parse(sql);
    const [only, ...more] = parsed.kind === "parsed" ? parsed.statements : [];
    const select = more.length === 0 ? only?.SelectStmt : undefined;
    return typeof select === "object" && select !== null
      ? (select as ReturnType<SelectReader>)
      : undefined;
  };
}
