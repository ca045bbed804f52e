import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// The upstream of a cluster, in a process of its own, so that it shares no event loop with the tests. `/api/stream`
// is answered with an event twenty times a second for as long as somebody listens, everything else with `ok`.
const listeners = new Set<ServerResponse>();
setInterval(() => {
  for (const listener of listeners) listener.write('data: tick\n\n');
}, 50).unref();

const server = createServer((request, response) => {
  if (!request.url?.endsWith('/stream')) {
    request.resume();
    response.end('ok');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: first\n\n');
  listeners.add(response);
  response.on('close', () => listeners.delete(response));
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port} .\n`);
});
