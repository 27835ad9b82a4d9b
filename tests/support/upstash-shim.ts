/** What Upstash's REST service does, as far as the cache asks it, in front of a real Redis: POST [command, …args] → { result }. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@redis/client";

export interface UpstashShim {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

export async function startUpstashShim(redisUrl: string): Promise<UpstashShim> {
  const token = "only-for-tests";
  const redis = createClient({ url: redisUrl });
  redis.on("error", () => undefined);
  await redis.connect();
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers.authorization !== `Bearer ${token}`)
      return answer(401, { error: "Unauthorized" });
    const command = JSON.parse(Buffer.concat(chunks).toString()) as (string | number)[];
    try {
      answer(200, { result: await redis.sendCommand(command.map(String)) });
    } catch (error) {
      answer(400, { error: error instanceof Error ? error.message : String(error) });
    }
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    stop: async () => {
      redis.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
