/** Name resolution by the operating system, so that private DNS zones and /etc/hosts are judged as they would be used. */
import { lookup } from "node:dns/promises";
import type { Resolver } from "../../outbound/ports.ts";

/** A Resolver over getaddrinfo. An unknown name is an empty list. */
export function createDnsResolver(): Resolver {
  return {
    async resolve(hostname) {
      const answers = await lookup(hostname, { all: true, order: "verbatim" }).catch(() => []);
      return answers.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
    },
  };
}
