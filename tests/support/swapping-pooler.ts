/** Between two clients and a PostgreSQL server: gives each the other's server connection, as a transaction pooler may. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SwappingPooler {
  readonly port: number;
  /** From now on; to be called while nothing runs. */
  swap(): void;
  close(): void;
}

export async function openSwappingPooler(host: string, port: number): Promise<SwappingPooler> {
  const clients: Socket[] = [];
  const servers: Socket[] = [];
  let swapped = false;
  const other = (at: number): number => (swapped ? 1 - at : at);
  const proxy = createServer((client) => {
    const at = clients.push(client) - 1;
    const server = connect(port, host);
    servers.push(server);
    client.on("data", (data) => servers[other(at)]?.write(data));
    server.on("data", (data) => clients[other(at)]?.write(data));
    for (const socket of [client, server]) socket.on("error", () => undefined);
    client.on("close", () => server.destroy());
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  return {
    port: (proxy.address() as AddressInfo).port,
    swap: () => {
      swapped = !swapped;
    },
    close: () => {
      for (const socket of [...clients, ...servers]) socket.destroy();
      proxy.close();
    },
  };
}
