/** One HTTP exchange over a connection pinned to one address, with undici. */
import type { Client } from "undici";
import type { Exchange, ExchangeRequest, ExchangeResult } from "../../outbound/ports.ts";

let loading: Promise<typeof import("undici")> | undefined;
const undici = () => {
  loading ??= import("undici");
  return loading;
};

export interface UndiciExchangeOptions {
  /** Certificate authorities besides the built-in ones, in PEM. */
  readonly ca?: string;
}

/**
 * An Exchange on undici's bare `Client`: no dispatcher of the process, hence no proxy from the environment, no cookies,
 * no redirects and no reuse. The name stays in `Host` and in TLS server name indication; the socket goes to `address`.
 */
export function createUndiciExchange(options: UndiciExchangeOptions = {}): Exchange {
  return {
    async exchange(request, signal) {
      // The package is CommonJS: `default` is the form that Node and a bundle agree on.
      const { Client } = (await undici()).default;
      const client = new Client(request.url.origin, {
        autoSelectFamily: false,
        pipelining: 1,
        // The caller's signal bounds the whole; these only keep undici's own timers from firing first.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: { ...options, lookup: pinnedLookup(request), timeout: 0 },
      });
      try {
        return await requestOnce(client, request, signal);
      } catch (error) {
        signal.throwIfAborted();
        return { kind: "unreachable", reason: failureReason(error) };
      } finally {
        await client.destroy();
      }
    },
  };
}

async function requestOnce(
  client: Client,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  const { url, method, headers, body, maxBodyBytes } = request;
  const answer = await client.request({
    path: `${url.pathname}${url.search}`,
    method,
    headers,
    body,
    signal,
  });
  return {
    kind: "response",
    status: answer.statusCode,
    headers: flatHeaders(answer.headers),
    body: await readBounded(answer.body, maxBodyBytes),
  };
}

/** Reads up to the limit and lets go of the rest: the far side does not decide how much we hold. */
async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined)
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

type LookupCallback = (
  error: Error | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** Answers every look-up of this connection with the checked address. */
function pinnedLookup({ address: { address, family } }: ExchangeRequest) {
  return (
    _hostname: string,
    options: { all?: boolean | undefined },
    callback: LookupCallback,
  ): void => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

/** Sentences that are safe for the caller: no address, no path, no text of the far side. */
function failureReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return "the connection was refused";
  if (["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(code)) return "the connection was closed";
  if (["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"].includes(code))
    return "the network has no way there";
  if (code.startsWith("HPE_") || code.startsWith("UND_ERR_")) return "the answer is not valid HTTP";
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return "the TLS connection could not be made";
  return "the connection could not be made";
}
