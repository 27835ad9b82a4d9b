/** A resolver and an exchange that stand for the public internet: every connection is kept for the test to judge. */
import type {
  Exchange,
  ExchangeRequest,
  ExchangeResult,
  ResolvedAddress,
  Resolver,
} from "../../shared/outbound/ports.ts";

export const PUBLIC_ADDRESS = "93.184.216.34";

export const asAddress = (address: string): ResolvedAddress => ({
  address,
  family: address.includes(":") ? 6 : 4,
});

/** Gives the n-th list for the n-th question, and the last one for every later question. */
export function scriptedResolver(answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolver: Resolver = {
    async resolve(hostname) {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
      asked.push(hostname);
      return answer.map(asAddress);
    },
  };
  return { resolver, asked };
}

/** Answers the n-th request with the n-th result, and every later one with the last. */
export function scriptedExchange(results: readonly ExchangeResult[]) {
  const sent: ExchangeRequest[] = [];
  const exchange: Exchange = {
    async exchange(request) {
      const result = results[Math.min(sent.length, results.length - 1)];
      sent.push(request);
      if (result === undefined) throw new Error("no result is scripted");
      return result;
    },
  };
  return { exchange, sent };
}

export const okAnswer: ExchangeResult = { kind: "response", status: 200, headers: {}, body: "ok" };

export const redirectTo = (location: string, status = 302): ExchangeResult => ({
  kind: "response",
  status,
  headers: { location },
  body: "",
});
