/** One keep-alive connection that sends the same request again and again: latency at one connection. */
import { Agent, request } from "node:http";

export interface Shot {
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export function createShooter({ url, headers = {}, body }: Shot) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const options = {
    agent,
    method: body === undefined ? "GET" : "POST",
    headers: {
      "content-type": "application/json",
      ...(body !== undefined && { "content-length": Buffer.byteLength(body) }),
      ...headers,
    },
  };
  const shoot = (): Promise<string> =>
    new Promise<string>((resolve, reject) => {
      const call = request(url, options, (response) => {
        let text = "";
        response.setEncoding("latin1");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(text)
            : reject(new Error(`${response.statusCode}: ${text.slice(0, 300)}`)),
        );
      });
      call.on("error", (error: NodeJS.ErrnoException) => {
        // While others had their rounds the server may have closed the idle connection: the request was not read.
        if (call.reusedSocket && error.code === "ECONNRESET") resolve(shoot());
        else reject(error);
      });
      call.end(body);
    });
  return {
    shoot,
    run: async (n: number) => {
      const times: number[] = [];
      for (let i = 0; i < n; i++) {
        const started = performance.now();
        await shoot();
        times.push(performance.now() - started);
      }
      return times;
    },
    close: () => agent.destroy(),
  };
}
