import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLoaders } from '../../src/commands/registry.ts';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { fileSchema, type JsonSchema } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/load.ts';
import { identityFields, identityPresets } from '../../src/core/identity.ts';
import { problemCatalogue } from '../../src/core/problem.ts';
import { foldHeaderName, isReservedHeader } from '../../src/core/reserved-headers.ts';
import { GatewayMetrics } from '../../src/observability/metrics.ts';
import { hostileCases } from '../differential/hostile.ts';
import { blocks, codeSpans, readme, repository, section, tableRows } from './document.ts';

const example = blocks.find((block) => block.mark === 'gateway.yaml')?.text ?? '';

/** What the example takes from the environment. */
const variables = { OPS_WEBHOOK_KEY: `whsec_${Buffer.alloc(32, 1).toString('base64')}` };

function configOf(text: string): GatewayConfig {
  const outcome = parseConfig(text, '/etc/wayleave/gateway.yaml', readEnvironment(variables));
  const found = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  expect(found.map(({ line, code, message }) => ({ line, code, message }))).toEqual([]);
  if (outcome.kind === 'invalid') throw new Error('it is not valid');
  return outcome.config;
}

/** Every key that the schema knows, at whatever depth. */
function keysOf(schema: JsonSchema): string[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  const inner = [...Object.values(properties), ...anyOf, ...(items === undefined ? [] : [items])];
  if (typeof additionalProperties === 'object') inner.push(additionalProperties);
  return [...Object.keys(properties), ...inner.flatMap(keysOf)];
}

describe('the gateway.yaml of README.md', () => {
  it('is valid, without a warning', () => {
    expect(configOf(example).routes.map(({ name }) => name)).toContain('devices');
  });

  it('names every key that there is', () => {
    const missing = [...new Set(keysOf(fileSchema()))].filter((key) => !new RegExp(`\\b${key}:`).test(example));
    expect(missing).toEqual([]);
  });

  it('shows the defaults as it says', () => {
    const shortest = [
      'version: 1',
      'upstreams: { u: { targets: [ "http://127.0.0.1:1" ] } }',
      'routes: [ { name: r, match: { path: / }, upstream: u, public: true } ]',
    ].join('\n');
    const [shown, defaults] = [configOf(example), configOf(shortest)];
    for (const key of ['trustedProxies', 'store', 'cache', 'tokens', 'limits', 'identity', 'assertion'] as const) {
      expect(shown[key], key).toEqual(defaults[key]);
    }
    expect({ ...shown.listen, ops: undefined }).toEqual(defaults.listen);
    const [inventory, usual] = [shown.upstreams.get('inventory'), defaults.upstreams.get('u')];
    for (const key of ['timeouts', 'maxConnections'] as const) expect(inventory?.[key], key).toEqual(usual?.[key]);
  });
});

describe('the table of answers in README.md', () => {
  const rows = tableRows(section('Answers of the gateway itself'));
  const listed = rows.flatMap(([status, codes = '']) =>
    [...codes.matchAll(/`([a-z_]+)`(\*?)/g)].map(([, code = '', star]) => ({
      status: Number(status),
      code,
      isLater: star === '*',
    })),
  );

  it('has every code with its status, and no others', () => {
    const catalogue = Object.entries(problemCatalogue).map(([code, [status]]) => `${status} ${code}`);
    expect(listed.map(({ status, code }) => `${status} ${code}`).toSorted()).toEqual(catalogue.toSorted());
  });

  it('marks those that this version never answers', () => {
    const answered = (code: string) => sourcesThatAnswer.some((text) => text.includes(`'${code}'`));
    const [later, now] = [listed.filter(({ isLater }) => isLater), listed.filter(({ isLater }) => !isLater)];
    expect(later.filter(({ code }) => answered(code))).toEqual([]);
    expect(now.filter(({ code }) => !answered(code))).toEqual([]);
  });
});

/** Where problems are made. */
const sourcesThatAnswer = ['src/gateway', 'src/admin-api', 'src/assume', 'src/core']
  .flatMap((folder) =>
    readdirSync(new URL(folder, repository), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts') && file !== 'src/core/problem.ts')
  .map((file) => readFileSync(new URL(file, repository), 'utf8'));

describe('the commands of README.md', () => {
  const rows = tableRows(section('Commands')).map(([command = '', does = '', exits = '']) => {
    const [usage = '', ...verbs] = codeSpans(command);
    const [, name = ''] = usage.split(' ');
    return { name, usage, verbs, does, exits };
  });

  it('are all that there are', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...commandLoaders.keys()].toSorted());
  });

  it.each(rows)('$usage has these verbs and options', async ({ name, usage, verbs }) => {
    const { help } = (await commandLoaders.get(name)?.()) ?? { help: '' };
    const [, list = ''] = /^Verbs:\n([^]*?)\n\n/m.exec(help) ?? [];
    expect([...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, verb]) => verb)).toEqual(verbs);
    for (const [option] of usage.matchAll(/--[a-z-]+/g)) expect(help).toContain(option);
  });

  it('exist wherever one is mentioned', () => {
    const shell = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
    const mentions = [...codeSpans(readme), ...shell].flatMap((text) => [
      ...text.matchAll(/(?<![\w/-])wayleave ([a-z-]+)/g),
    ]);
    const names = new Set(mentions.map(([, name = '']) => name));
    expect(names.size).toBeGreaterThanOrEqual(commandLoaders.size);
    expect([...names].filter((name) => !commandLoaders.has(name))).toEqual([]);
  });
});

describe('the headers of README.md', () => {
  const text = section('What the upstream receives');
  const rows = new Map(tableRows(text).map(([first = '', second = '']) => [first.replaceAll('`', ''), second]));

  it('are those that presets send', () => {
    const own = [...rows.keys()].flatMap((cell) => cell.split(', ')).filter((name) => name.startsWith('X-Auth-'));
    const sent = identityPresets.wayleave.map(([name]) => name);
    // Whichever preset is in use.
    expect(own.toSorted()).toEqual([...sent, 'X-Auth-Assertion'].toSorted());
    for (const [preset, headers] of Object.entries(identityPresets).filter(([name]) => name !== 'wayleave')) {
      const names = headers.map(([name]) => name);
      expect(codeSpans(rows.get(preset) ?? ''), preset).toEqual(names);
    }
  });

  it('carry every field that a custom preset may name', () => {
    expect(
      codeSpans(rows.get('custom') ?? '')
        .filter((field) => field !== 'identity.headers')
        .toSorted(),
    ).toEqual([...identityFields].toSorted());
  });

  it('are taken from every client where it says so', () => {
    const [, list = ''] = /\*\*Taken out of every request\*\*[^]*?\n\n([^]*?)\n- `Authorization`/.exec(text) ?? [];
    const names = codeSpans(list);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !isReservedHeader(foldHeaderName(name).replace(/-$/, '-a')))).toEqual([]);
  });
});

describe('README.md', () => {
  it('names every metric, and no others', async () => {
    const names = [...(await new GatewayMetrics('0').text()).matchAll(/^# TYPE (wayleave_\w+)/gm)].map(
      ([, name = '']) => name,
    );
    const listed = new Set(codeSpans(readme).filter((span) => /^wayleave_[a-z_]+$/.test(span)));
    expect([...listed].toSorted()).toEqual(names.toSorted());
  });

  it('names the variables of the environment that the program reads, and no others of its own', () => {
    const source = readFileSync(new URL('src/config/environment.ts', repository), 'utf8');
    const read = new Set([...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, name = '']) => name));
    const listed = tableRows(section('Environment')).flatMap(([cell = '']) => codeSpans(cell));
    expect(listed.toSorted()).toEqual([...read].toSorted());
    const others = [...readme.matchAll(/\bWAYLEAVE_[A-Z_]+/g)].map(([name]) => name.replace(/_FILE$/, ''));
    expect(others.filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('quotes what http-proxy and the gateway do as the tests see it', () => {
    const [, table = ''] = /<!-- hostile -->\n([^]*?)\n\n/.exec(readme) ?? [];
    const cases = hostileCases.map(({ what, httpProxy, wayleave }) => [what, httpProxy.does, wayleave.does]);
    const rows = tableRows(table);
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(cases).toContainEqual(row);
  });

  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(new URL(path, repository)))).toEqual([]);
  });

  it('names scripts that npm has', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', repository), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const names = [...readme.matchAll(/\bnpm run ([a-z:]+)/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });
});
