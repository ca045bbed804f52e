import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';

let gateway: RunningGateway;
let original: string;

beforeAll(async () => {
  const upstream = createServer((_req, res) => res.end('ok'));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  onCleanup(() => upstream.close());
  gateway = await startGateway({
    yaml: `
upstreams: { u: { targets: [ "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" ] } }
routes:
  - { name: still, match: { path: /still }, upstream: u, public: true }
  - { name: first, match: { path: /first }, upstream: u, public: true }
`,
  });
  original = readFileSync(gateway.configFile, 'utf8');
});

/** The file whose second route has another name and path. */
const fileWith = (name: string): string => original.replaceAll('first', name);

async function status(path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`);
  await response.arrayBuffer();
  return response.status;
}

async function expectInForce(name: string): Promise<void> {
  await expect.poll(() => status(`/${name}`), { timeout: 20_000, interval: 100 }).toBe(200);
}

const timesReloaded = (): number => gateway.log().split('the configuration was reloaded').length - 1;
const timesRefused = (): number => gateway.log().split('gateway.yaml is not taken').length - 1;

/** Asks for a path that every file has for as long as something lasts, and tells what was answered but 200. */
async function failuresDuring(happening: Promise<unknown>): Promise<number[]> {
  const failures: number[] = [];
  const over = happening.then(() => 'over' as const);
  for (let answered: number | 'over' = 200; answered !== 'over';) {
    answered = await Promise.race([over, status('/still')]);
    if (answered !== 'over' && answered !== 200) failures.push(answered);
  }
  return failures;
}

describe('the file is taken when it was changed', () => {
  it('by an editor that renames the old one away and writes a new one', async () => {
    renameSync(gateway.configFile, `${gateway.configFile}~`);
    writeFileSync(gateway.configFile, fileWith('edited'));
    await expectInForce('edited');
    expect(timesRefused()).toBe(0);
  });

  it('by a rename onto it', async () => {
    writeFileSync(`${gateway.configFile}.new`, fileWith('renamed'));
    renameSync(`${gateway.configFile}.new`, gateway.configFile);
    await expectInForce('renamed');
  });

  it('as a ConfigMap is: the link to the folder of all files is swapped for another one', async () => {
    const folder = dirname(gateway.configFile);
    const publish = (version: string, name: string): void => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'gateway.yaml'), fileWith(name));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    publish('..2030_01', 'mapped');
    unlinkSync(gateway.configFile);
    symlinkSync(join('..data', 'gateway.yaml'), gateway.configFile);
    await expectInForce('mapped');
    publish('..2030_02', 'swapped');
    rmSync(join(folder, '..2030_01'), { recursive: true });
    await expectInForce('swapped');
    unlinkSync(gateway.configFile);
    writeFileSync(gateway.configFile, fileWith('swapped'));
  });
});

it('a half-written file is never in force, nor shouted about when the rest comes soon', async () => {
  const refused = timesRefused();
  const text = fileWith('written');
  // Cut where what is there is a good file by itself, and where it is none.
  for (const cut of [text.indexOf('  - { name: written'), text.indexOf('/written')]) {
    const handle = openSync(gateway.configFile, 'w');
    writeSync(handle, text.slice(0, cut));
    expect(await failuresDuring(delay(900))).toEqual([]);
    writeSync(handle, text.slice(cut));
    closeSync(handle);
    await expectInForce('written');
    writeFileSync(gateway.configFile, fileWith('between'));
    await expectInForce('between');
  }
  expect(timesRefused()).toBe(refused);
});

it('ten changes in a second come to few reloads, and the last one is in force', async () => {
  const before = timesReloaded();
  for (let change = 0; change < 10; change++) {
    writeFileSync(gateway.configFile, fileWith(`change-${change}`));
    await delay(100);
  }
  await expectInForce('change-9');
  expect(timesReloaded() - before).toBeLessThanOrEqual(2);
});

it('thousands of routes come into force without a failed request', async () => {
  const routes = Array.from({ length: count(1000, 10_000) }, (_, at) => {
    return `  - { name: r${at}, match: { path: /many/${at}/:id }, upstream: u, public: true }\n`;
  });
  writeFileSync(gateway.configFile, `${fileWith('many')}${routes.join('')}`);
  expect(await failuresDuring(expectInForce('many/0/x'))).toEqual([]);
  expect(await status('/change-9')).toBe(404);
  writeFileSync(gateway.configFile, fileWith('change-9'));
  expect(await failuresDuring(expectInForce('change-9'))).toEqual([]);
});

it('a file that vanishes or is wrong leaves everything as it is, which is shouted about until it is back', async () => {
  const note = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/readyz?verbose`);
    const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
    const found = checks.find(({ name }) => name === 'configuration');
    return `${String(found?.ok)} ${found?.detail}`;
  };
  unlinkSync(gateway.configFile);
  await expect.poll(note, { timeout: 8000 }).toMatch(/^false .*there is no file/);
  expect(await status('/change-9')).toBe(200);
  writeFileSync(gateway.configFile, fileWith('back'));
  await expectInForce('back');
  expect(await note()).toMatch(/^true /);
  appendFileSync(gateway.configFile, 'nonsense: 1\n');
  await expect.poll(note, { timeout: 8000 }).toMatch(/^false .*unknown-key/);
  expect(await status('/back')).toBe(200);
  writeFileSync(gateway.configFile, fileWith('back'));
  await expect.poll(note, { timeout: 8000 }).toMatch(/^true /);
});
