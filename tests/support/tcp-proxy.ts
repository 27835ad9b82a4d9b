/** A TCP proxy that can become a black hole: connections stay open, nothing passes. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes, in either direction; what was sent waits. */
  blackHole(): void;
  /** Everything passes again, what waited first. */
  forward(): void;
  /** Ends every connection there is; new ones are taken. */
  drop(): void;
  stop(): Promise<void>;
}

/** @param onSent Sees what comes from the near side before it passes on, and the socket it comes from. */
export async function startTcpProxy(
  targetPort: number,
  onSent: (data: Buffer, near: Socket) => void = () => undefined,
): Promise<TcpProxy> {
  let open = true;
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("data", (data) => to.write(data));
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on("error", () => undefined);
    if (!open) from.pause();
  };
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    near.on("data", (data) => onSent(data, near));
    pass(near, far);
    pass(far, near);
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: () => {
      open = false;
      for (const socket of sockets) socket.pause();
    },
    forward: () => {
      open = true;
      for (const socket of sockets) socket.resume();
    },
    drop,
    stop: async () => {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
