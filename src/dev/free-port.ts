import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/** Distinct TCP ports on 127.0.0.1 that nothing listens on, and that the system will not hand to anyone else for a while. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(reserveAndClose));
  return ports;
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

// A connection closed by the listening side leaves the port in TIME_WAIT: it can still be bound by number,
// but the kernel no longer gives it to those who ask for any free one.
async function reserveAndClose(server: Server): Promise<void> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.resume();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
}
