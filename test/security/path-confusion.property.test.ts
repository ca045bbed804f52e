import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { startPathWorld, type PathWorld } from './path-world.ts';

let world: PathWorld;
beforeAll(async () => {
  world = await startPathWorld();
});

/** Pieces that some server reads as something else. */
const pieces = fc.oneof(
  fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    ';',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%3b',
    '%25',
    '%252e',
    '%00',
    '%23',
    '#',
    '?',
    '%3f',
  ),
  fc.constantFrom(
    'a',
    'secret',
    'public',
    'files',
    '%73ecret',
    'x',
    '%c0%ae',
    '%ef%bc%8e',
    '%ef%bc%8f',
    '%e2%80%a5',
    '%ef%bc%85',
    '2e',
    '%',
    ' ',
  ),
);
const hostilePath = fc
  .tuple(
    fc.constantFrom('/public/', '/files/', '/parameters/', '/stripped/', '/rewritten/a/x/', '/both/a/', '/'),
    fc.array(pieces, { maxLength: 8 }),
  )
  .map(([prefix, rest]) => (prefix + rest.join('')).replaceAll(' ', ''));

/** Where servers of different habits find a path that reached them. */
function readings(target: string): string[] {
  const [path = ''] = target.split(/[?#]/, 1);
  const decodings = [path, decodeLax(path), decodeLax(decodeLax(path))];
  const folded = decodings.flatMap((text) => [text, text.normalize('NFKC'), decodeLax(text.normalize('NFKC'))]);
  const slashed = folded.flatMap((text) => [text, text.replaceAll('\\', '/')]);
  const plain = slashed.flatMap((text) => [text, text.replace(/;[^/]*/g, '')]);
  // An encoded question mark or hash is data; it ends the path of no server that parses before it decodes.
  const merged = plain.map((text) =>
    text
      .replace(/\/{2,}/g, '/')
      .replaceAll('?', '%3F')
      .replaceAll('#', '%23'),
  );
  return merged.map((text) => new URL(`http://h/${text.replace(/^\//, '')}`).pathname);
}

function decodeLax(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}

/** Below which path of the upstream each public route ends. */
const publicAreas = ['/public', '/files', '/parameters', '/v2/a/y', '/v3/a'];

it('no spelling of a path makes a public route reach what another route guards, however an upstream reads it', async () => {
  let forwarded = 0;
  await fc.assert(
    fc.asyncProperty(hostilePath, async (path) => {
      await world.targets();
      const seen = await world.get(path);
      const [target] = await world.targets();
      if (target === undefined) return;
      forwarded++;
      expect(seen?.status).toBe(200);
      const [sent = ''] = target.split('?', 1);
      const area = publicAreas.find((prefix) => sent === prefix || sent.startsWith(`${prefix}/`));
      const isStripped = path.startsWith('/stripped');
      for (const reading of readings(target)) {
        const isGuarded = !isStripped && /^\/(?:secret|files\/secret|parameters\/secret|api)(?:\/|$)/i.test(reading);
        const isInside = isStripped || reading === area || reading.startsWith(`${area}/`);
        expect({ path, target, reading, isGuarded, isInside }).toMatchObject({ isGuarded: false, isInside: true });
      }
    }),
    { numRuns: count(150, 10_000) },
  );
  expect(forwarded).toBeGreaterThan(0);
});
