import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { build } from 'vite';

const mostBytes = 60_000;

it('all that a browser fetches to show the console is under 60 kB compressed, styles included', async ({
  annotate,
}) => {
  const config = { configFile: new URL('../../admin/vite.config.ts', import.meta.url).pathname };
  const built = await build({ ...config, logLevel: 'error', build: { write: false } });
  if (!('output' in built)) throw new Error('the console is built once, as one bundle');
  const sizes = built.output.map((file) => {
    return [file.fileName, gzipSync(file.type === 'chunk' ? file.code : file.source).length] as const;
  });
  expect(sizes.map(([name]) => name.replace(/^.*\./, '')).toSorted()).toEqual(['css', 'html', 'js', 'svg']);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  await annotate(`${total} bytes: ${sizes.map(([name, size]) => `${name} ${size}`).join(', ')}`);
  expect(total).toBeLessThan(mostBytes);
});
