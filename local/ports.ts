/** Which loopback ports are free, and which are listened on. */
import { once } from "node:events";
import { connect, createServer } from "node:net";

export async function isFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== null;
}

export async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === null) throw new Error("No loopback port is free.");
  return port;
}

async function tryListen(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    return typeof address === "object" && address !== null ? address.port : null;
  } catch {
    return null;
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
