import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openRoute, startDataPlane } from './data-plane.ts';

// The data plane in a process of its own: its memory is its own, and so is its event loop.
// Arguments: the targets of its only upstream; HEALTH_PATH is what they are checked by, if it is set.
const { HEALTH_PATH: path } = process.env;
const plane = await startDataPlane({
  targets: process.argv.slice(2),
  ...(path !== undefined && { health: { path, intervalMs: 100, timeoutMs: 5000, unhealthyAfter: 1, healthyAfter: 1 } }),
  routes: [openRoute({ maxBodyBytes: Infinity })],
});
let peak = 0;
setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20).unref();
const control = createServer((_, response) => {
  const rss = process.memoryUsage.rss();
  response.end(JSON.stringify({ rss, peak: Math.max(peak, rss) }));
  peak = rss;
}).listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${plane.port} ${(control.address() as AddressInfo).port}\n`);
});
