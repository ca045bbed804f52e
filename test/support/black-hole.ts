import { createServer, type AddressInfo } from 'node:net';

// Listens, and then does nothing for ever, so that nobody's connection is ever taken.
const server = createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`, () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
