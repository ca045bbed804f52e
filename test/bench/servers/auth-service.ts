import { createServer } from 'node:http';
import { hashToken, parseToken, type RawToken } from '../../../src/core/token.ts';
import { announce } from './announce.ts';

/**
 * The service that nginx and Caddy ask about each request: it parses the token with the gateway's own code, finds its
 * record in memory and answers with identity headers. It does less than the gateway: no expiry, no routes, no scopes.
 */
const identities = new Map<string, Record<string, string>>();

/** The token comes by message, for arguments are seen by every user of the machine. */
process.on('message', ({ token }: { token: RawToken }) => {
  identities.set(hashToken(token), {
    'X-Auth-User': 'usr_01j00000000000000000000000',
    'X-Auth-Org': 'org_01j00000000000000000000000',
    'X-Auth-Scopes': 'device:read device:write',
    'Content-Length': '0',
  });
  process.send?.({ known: identities.size });
});

announce(
  createServer((request, response) => {
    const credential = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const token = parseToken(credential, ['wl']);
    const identity = token && identities.get(token.hash);
    if (identity === undefined) response.writeHead(401, { 'Content-Length': '0' }).end();
    else response.writeHead(200, identity).end();
  }),
);
