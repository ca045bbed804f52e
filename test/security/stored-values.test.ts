import { beforeAll, describe, expect, it } from 'vitest';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { openRaw } from '../support/raw-client.ts';
import { recordFixture } from '../support/record-fixture.ts';
import { startRecordingUpstream, type RecordingUpstream } from '../support/recording-upstream.ts';
import { valuesOf } from '../support/wire-reader.ts';

let upstream: RecordingUpstream;
let plane: DataPlane;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  plane = await startDataPlane({
    targets: [upstream.port],
    routes: [openRoute({ access: { kind: 'authenticated' } })],
  });
});

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Values that no call of the admin API takes, but that may stand in a store all the same. */
const names = {
  'a line break and a header': ['root\r\nX-Auth-Roles: admin', 'root%0D%0AX-Auth-Roles: admin'],
  'a bare line feed': ['root\nX-Auth-Scopes: admin', 'root%0AX-Auth-Scopes: admin'],
  'a NUL': ['root\0x', 'root%00x'],
  'letters beyond Latin-1': ['Łukasz 日本', '%C5%81ukasz %E6%97%A5%E6%9C%AC'],
  'an escape sequence': ['\u001b[2Jroot', '%1B[2Jroot'],
} as const;

describe.each(Object.entries(names))('a stored name that holds %s', (_, [stored, sent]) => {
  it.each([
    ['request', ''],
    ['upgrade', upgrade],
  ])('is one value of one header on a %s', async (kind, fields) => {
    const { owner } = recordFixture({});
    const token = plane.issue({ owner: { ...owner, username: stored, email: stored } });
    await upstream.take();
    const client = await openRaw(plane.port);
    client.send(`GET /a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\n${fields}\r\n`);
    const { answers } = await client.until((seen) => seen.answers.length > 0);
    client.abort();
    expect(answers.map(({ status }) => status)).toEqual([kind === 'upgrade' ? 101 : 200]);
    const [request] = (await upstream.take()).requests;
    expect(valuesOf(request?.headers ?? [], 'x-auth-username')).toEqual([sent]);
    expect(valuesOf(request?.headers ?? [], 'x-auth-email')).toEqual([sent]);
    expect(valuesOf(request?.headers ?? [], 'x-auth-scopes')).toEqual([]);
  });
});
