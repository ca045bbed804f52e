import { once } from 'node:events';
import { Agent, createServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxy from 'http-proxy';

// http-proxy as one would build a gateway on it by its manual: identity is set in its events, connections are kept. One
// listener for each upstream port among the arguments. A process of its own, for some requests end it.
const ports: number[] = [];
for (const port of process.argv.slice(2)) {
  const proxy = httpProxy.createProxyServer({
    target: `http://127.0.0.1:${port}`,
    agent: new Agent({ keepAlive: true }),
  });
  proxy.on('proxyReq', (request) => request.setHeader('X-Auth-User', 'usr_1'));
  proxy.on('proxyReqWs', (request) => request.setHeader('X-Auth-User', 'usr_1'));
  proxy.on('error', (_error, _request, response) => {
    if (response instanceof ServerResponse && !response.headersSent) response.writeHead(502).end();
    else response.destroy();
  });
  const server = createServer((request, response) => proxy.web(request, response));
  server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ports.push((server.address() as AddressInfo).port);
}
process.stdout.write(`ready ${ports.join(' ')}\n`);
