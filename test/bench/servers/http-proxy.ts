import { Agent, createServer, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import { announce, portArgument } from './announce.ts';

/** http-proxy as its manual shows it, with kept connections to the upstream, without which it opens one a request. */
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${portArgument()}`,
  agent: new Agent({ keepAlive: true }),
});

proxy.on('error', (_error, _request, response) => {
  if (response instanceof ServerResponse && !response.headersSent) response.writeHead(502).end();
  else response.destroy();
});

announce(createServer((request, response) => proxy.web(request, response)));
