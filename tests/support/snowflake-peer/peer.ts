/**
 * A peer that speaks Snowflake's HTTP protocol on loopback, as the official driver uses it: log-in, token renewal,
 * heartbeat, queries with polling and cancelling, results in gzipped chunks. It counts what it is asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { startEngine } from "./engine.ts";
import { checkToken, type RegisteredUser } from "./log-in.ts";
import { createQueries, type PeerQuery, type QueryRequest } from "./queries.ts";
import { CHUNK_HEADERS, inProgress, queryFailed, resultBody } from "./result-body.ts";
import { createPeerSessions, type PeerSession, type TokenCheck } from "./sessions.ts";
import type { Account } from "./statements.ts";

export interface PeerOptions extends Account {
  readonly user: RegisteredUser;
  readonly defaultRole: string;
  /** Rows of the first answer and of each chunk after it. */
  readonly chunkRows?: number;
  /** How long a query may take before the client is told to ask again (45 seconds at Snowflake's). */
  readonly answerWithinMs?: number;
}

export interface PeerCounts {
  logIns: number;
  refusedLogIns: number;
  logOuts: number;
  renewals: number;
  heartbeats: number;
  queries: number;
  polls: number;
  cancels: number;
  chunks: number;
}

interface Reply {
  readonly status?: number;
  readonly body?: object;
  /** Instead of a body: bytes that are gzipped already. */
  readonly gzipped?: Buffer;
}

type Json = Readonly<Record<string, unknown>>;

export async function startSnowflakePeer(options: PeerOptions) {
  const engine = await startEngine();
  const sessions = createPeerSessions();
  const queries = createQueries(engine, options);
  const counts: PeerCounts = {
    logIns: 0,
    refusedLogIns: 0,
    logOuts: 0,
    renewals: 0,
    heartbeats: 0,
    queries: 0,
    polls: 0,
    cancels: 0,
    chunks: 0,
  };
  const log: QueryRequest[] = [];
  const failures: { path: RegExp; status: number; times: number }[] = [];
  const chunkRows = options.chunkRows ?? 1_000;
  let base = "";

  const logIn = (url: URL, data: Json): Reply => {
    const token = String(data.TOKEN ?? "");
    const named =
      String(data.LOGIN_NAME ?? "").toUpperCase() === options.user.username.toUpperCase();
    const reason = named ? checkToken(token, options.user, Date.now()) : "JWT token is invalid.";
    if (reason !== null) {
      counts.refusedLogIns++;
      return {
        body: {
          success: false,
          code: "390144",
          message: reason,
          data: { nextAction: "RETRY_LOGIN", authnMethod: "KEYPAIR" },
        },
      };
    }
    counts.logIns++;
    const session = sessions.open(url.searchParams.get("roleName") ?? options.defaultRole);
    return {
      body: {
        success: true,
        data: {
          token: session.token,
          masterToken: session.masterToken,
          validityInSeconds: 3_600,
          masterValidityInSeconds: 14_400,
          sessionId: session.id,
          parameters: [],
          serverVersion: "9.30.1",
        },
      },
    };
  };

  const withSession = async (
    check: TokenCheck,
    use: (session: PeerSession) => Reply | Promise<Reply>,
  ): Promise<Reply> =>
    check.ok
      ? use(check.session)
      : { body: { success: false, code: check.code, message: check.message, data: null } };

  /** The result, or after a while the address to ask again at. */
  const answer = async (query: PeerQuery): Promise<Reply> => {
    const wait = Promise.withResolvers<null>();
    const timer = setTimeout(() => wait.resolve(null), options.answerWithinMs ?? 200);
    const ended = await Promise.race([query.ended, wait.promise]);
    clearTimeout(timer);
    if (ended === null) return { body: inProgress(query) };
    if ("failure" in ended) return { body: queryFailed(query, ended.failure) };
    return { body: resultBody(query, ended.answer, { base, chunkRows }) };
  };

  const startQuery =
    (url: URL, body: Json) =>
    (session: PeerSession): Promise<Reply> => {
      const bindings = Object.values(
        (body.bindings ?? {}) as Record<string, { type: string; value: string | null }>,
      );
      const request: QueryRequest = {
        requestId: url.searchParams.get("requestId") ?? "",
        sqlText: String(body.sqlText),
        bindings,
        parameters: (body.parameters ?? {}) as QueryRequest["parameters"],
      };
      counts.queries++;
      log.push(request);
      return answer(queries.start(request, session));
    };

  const cancel = (query: PeerQuery | undefined): Reply => {
    counts.cancels++;
    query?.cancel();
    return {
      body: query
        ? { success: true, data: null }
        : {
            success: false,
            code: "000605",
            message: "Identified SQL statement is not currently executing.",
            data: null,
          },
    };
  };

  const chunk = async (
    id: string,
    number: number,
    headers: IncomingMessage["headers"],
  ): Promise<Reply> => {
    counts.chunks++;
    if (Object.entries(CHUNK_HEADERS).some(([name, value]) => headers[name] !== value))
      return { status: 403 };
    const ended = await queries.byId(id)?.ended;
    if (ended === undefined || "failure" in ended) return { status: 404 };
    const rows = ended.answer.rows.slice(number * chunkRows, (number + 1) * chunkRows);
    return { gzipped: gzipSync(rows.map((row) => JSON.stringify(row)).join(",")) };
  };

  const route = async (request: IncomingMessage, url: URL, body: Json): Promise<Reply> => {
    const { authorization } = request.headers;
    const bySession = () => sessions.bySessionToken(authorization);
    const [, id = "", number = ""] =
      /^\/(?:queries|chunks)\/([0-9a-f-]+)\/(result|abort-request|\d+)$/.exec(url.pathname) ?? [];
    if (url.pathname === "/session/v1/login-request") return logIn(url, (body.data ?? {}) as Json);
    if (url.pathname === "/session/token-request")
      return withSession(sessions.byMasterToken(authorization), (session) => {
        counts.renewals++;
        sessions.renew(session);
        return {
          body: {
            success: true,
            data: {
              sessionToken: session.token,
              masterToken: session.masterToken,
              validityInSecondsST: 3_600,
              validityInSecondsMT: 14_400,
              sessionId: session.id,
            },
          },
        };
      });
    if (url.pathname.startsWith("/chunks/")) return chunk(id, Number(number), request.headers);
    if (url.pathname === "/telemetry/send") return { body: { success: true, data: null } };
    return withSession(bySession(), async (session) => {
      switch (url.pathname) {
        case "/session":
          counts.logOuts++;
          sessions.remove(session);
          return { body: { success: true, data: null } };
        case "/session/heartbeat":
          counts.heartbeats++;
          return { body: { success: true, data: null } };
        case "/queries/v1/query-request":
          return startQuery(url, body)(session);
        case "/queries/v1/abort-request":
          return cancel(queries.byRequestId(String(body.requestId)));
        case `/queries/${id}/abort-request`:
          return cancel(queries.byId(id));
        case `/queries/${id}/result`: {
          counts.polls++;
          const query = queries.byId(id);
          return query ? answer(query) : { status: 404 };
        }
        default:
          return { status: 404 };
      }
    });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://peer");
    const body = await readBody(request);
    const failing = failures.find(({ path, times }) => times > 0 && path.test(url.pathname));
    if (failing) {
      failing.times--;
      response.writeHead(failing.status).end();
      return;
    }
    send(response, await route(request, url, body));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      console.error("the peer failed", error);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: base,
    counts,
    /** The statements as they came over the wire, oldest first. */
    log,
    sessions,
    engine,
    /** Statements that wait (SYSTEM$WAIT) and were not cancelled. */
    running: queries.running,
    untilRunning: queries.untilRunning,
    /** The next `times` requests to these paths are answered with the status alone. */
    fail: (path: RegExp, status: number, times: number) => failures.push({ path, status, times }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await engine.close();
    },
  };
}

export type SnowflakePeer = Awaited<ReturnType<typeof startSnowflakePeer>>;

async function readBody(request: IncomingMessage): Promise<Json> {
  const bytes = await buffer(request);
  if (bytes.length === 0) return {};
  const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
  return JSON.parse(plain.toString()) as Json;
}

function send(response: ServerResponse, { status = 200, body, gzipped }: Reply): void {
  if (gzipped)
    response
      .writeHead(status, { "content-type": "binary/octet-stream", "content-encoding": "gzip" })
      .end(gzipped);
  else if (body)
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  else response.writeHead(status).end();
}
