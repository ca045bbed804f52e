import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

// The linter with the repository's own settings, over files made for the purpose: each rule is broken on purpose.

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Boundary {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly onlyTypes?: readonly string[];
  readonly forbidden: readonly string[];
}

const clients = ['undici', 'postgres', '@electric-sql/pglite', 'lru-cache', 'yaml', 'ioredis'];
const compiled = '../config/compiled.ts';
const observability = ['access-log', 'health', 'logger', 'metrics'].map((name) => `../observability/${name}.ts`);

const boundaries: readonly Boundary[] = [
  {
    file: 'src/unknown-folder/any.ts',
    allowed: [],
    forbidden: ['./neighbour.ts', '../lib/clock.ts', 'node:crypto'],
  },
  {
    file: 'src/serve.ts',
    allowed: [
      './gateway/listener.ts',
      './tokens/memory-tier.ts',
      './admin-api/app.ts',
      'node:http',
      'node:fs/promises',
    ],
    forbidden: [...clients, 'pino', 'zod', '../test/support/redis.ts'],
  },
  {
    file: 'src/assembly/any.ts',
    allowed: ['./stores.ts', '../gateway/listener.ts', '../tokens/memory-tier.ts', 'node:http', 'node:fs/promises'],
    forbidden: [...clients, 'pino', 'zod', 'hono', '../serve.ts', '../../test/support/redis.ts'],
  },
  {
    file: 'src/lib/any.ts',
    allowed: ['./clock.ts', 'node:crypto', 'node:zlib'],
    forbidden: [
      ...clients,
      '../core/token.ts',
      '../config/compiled.ts',
      'node:fs',
      'node:net',
      'node:http',
      'node:process',
    ],
  },
  {
    file: 'src/core/any.ts',
    allowed: ['./token.ts', '../lib/ids.ts', 'node:crypto', 'node:zlib'],
    forbidden: [
      ...clients,
      'hono',
      'zod',
      'pino',
      'node:fs',
      'node:fs/promises',
      'node:http',
      'node:dns',
      'node:process',
      '../gateway/proxy.ts',
      '../db/client.ts',
      '../config/compiled.ts',
      '../admin-api/ports/changes.ts',
      '../serve.ts',
      './../gateway/proxy.ts',
      '../lib/../db/client.ts',
      '/src/db/client.ts',
      'file:///src/db/client.ts',
    ],
  },
  {
    file: 'src/config/any.ts',
    allowed: ['./compiled.ts', '../core/route.ts', '../lib/units.ts', 'zod'],
    forbidden: [...clients, 'node:fs', '../db/client.ts', '../gateway/proxy.ts', '../serve.ts'],
  },
  {
    file: 'src/config/load-any.ts',
    allowed: ['./compiled.ts', '../core/route.ts', 'yaml', 'zod', 'node:fs', 'node:fs/promises'],
    forbidden: ['undici', 'postgres', 'node:http', '../db/client.ts', '../gateway/proxy.ts'],
  },
  {
    file: 'src/config/environment.ts',
    allowed: ['node:fs', '../lib/units.ts'],
    forbidden: ['yaml', 'node:http', '../db/client.ts'],
  },
  {
    file: 'src/db/any.ts',
    allowed: ['postgres', '@electric-sql/pglite', '@electric-sql/pglite-socket', 'node:fs/promises'],
    onlyTypes: [compiled],
    forbidden: [
      'undici',
      'lru-cache',
      'yaml',
      '../tokens/store.ts',
      '../directory/users.ts',
      '../admin-api/ports/changes.ts',
    ],
  },
  ...['directory', 'tokens', 'oauth', 'assume'].map((folder) => ({
    file: `src/${folder}/postgres-any.ts`,
    allowed: ['./neighbour.ts', '../core/token.ts', '../lib/ids.ts', 'node:crypto'],
    onlyTypes: ['../db/client.ts', '../admin-api/ports/changes.ts', compiled],
    forbidden: [
      ...clients,
      'node:fs',
      'node:net',
      '../db/migrate.ts',
      '../gateway/proxy.ts',
      '../serve.ts',
      '../directory/users.ts',
      '../tokens/store.ts',
      '../upstreams/pools.ts',
      '../observability/logger.ts',
    ],
  })),
  {
    file: 'src/tokens/memory-tier.ts',
    allowed: ['lru-cache', '../core/token-record.ts'],
    onlyTypes: [compiled],
    forbidden: ['postgres', 'undici', '../db/client.ts', '../directory/users.ts'],
  },
  {
    file: 'src/tokens/redis-any.ts',
    allowed: ['ioredis', './shared-tier.ts', '../core/token-record.ts', '../lib/breaker.ts'],
    forbidden: ['postgres', 'undici', 'lru-cache', 'node:net', '../db/client.ts', compiled, '../shared-redis.ts'],
  },
  {
    file: 'src/audit/any.ts',
    allowed: ['./audit-chain.ts', '../core/audit.ts', '../lib/ids.ts', 'node:crypto'],
    onlyTypes: ['../db/client.ts', '../admin-api/ports/audit.ts', '../admin-api/ports/changes.ts'],
    forbidden: [...clients, '../tokens/fences.ts', '../directory/rows.ts', '../db/store.ts', 'node:fs'],
  },
  {
    file: 'src/decisions/any.ts',
    allowed: ['./decision-tally.ts', '../core/route.ts', '../lib/ids.ts', 'node:crypto'],
    onlyTypes: ['../db/client.ts'],
    forbidden: [...clients, '../tokens/usage.ts', '../gateway/decide.ts', '../db/store.ts', 'node:fs'],
  },
  {
    file: 'src/webhooks/any.ts',
    allowed: ['./delivery.ts', '../core/webhook.ts', '../lib/ids.ts', 'node:crypto'],
    onlyTypes: ['../db/client.ts'],
    forbidden: [
      ...clients,
      'node:http',
      '../db/store.ts',
      '../tokens/store.ts',
      '../observability/logger.ts',
      compiled,
    ],
  },
  {
    file: 'src/upstreams/any.ts',
    allowed: ['undici', '../core/route.ts', 'node:tls'],
    onlyTypes: [compiled],
    forbidden: ['postgres', 'yaml', 'lru-cache', '../gateway/forward.ts', '../db/client.ts', '../tokens/store.ts'],
  },
  {
    file: 'src/limits/any.ts',
    allowed: ['./node-counts.ts', '../core/rate-limit.ts', '../lib/clock.ts'],
    forbidden: [...clients, '../tokens/redis-client.ts', '../gateway/rate-limit.ts', compiled, 'node:net'],
  },
  {
    file: 'src/observability/any.ts',
    allowed: ['pino', 'prom-client', '../core/problem.ts'],
    onlyTypes: [compiled],
    forbidden: [...clients, '../gateway/proxy.ts', '../db/client.ts', '../tokens/store.ts', '../admin-api/app.ts'],
  },
  {
    file: 'src/demo/any.ts',
    allowed: ['./echo.ts', '../core/token.ts', '../directory/bootstrap.ts', 'node:http'],
    onlyTypes: ['../admin-api/ports/changes.ts', compiled],
    forbidden: [...clients, '../directory/rows.ts', '../db/client.ts', '../gateway/proxy.ts', '../admin-api/app.ts'],
  },
  {
    file: 'src/explanation/any.ts',
    allowed: ['./neighbour.ts', '../core/route.ts', '../gateway/decide.ts', 'node:crypto'],
    onlyTypes: [compiled, '../db/client.ts', '../admin-api/ports/explanations.ts'],
    forbidden: [...clients, 'node:fs', '../admin-api/app.ts', '../db/store.ts', '../tokens/nodes.ts', '../serve.ts'],
  },
  {
    file: 'src/gateway/any.ts',
    allowed: ['./exchange.ts', '../core/route.ts', '../upstreams/pools.ts', 'hono', 'node:http', 'node:stream'],
    onlyTypes: [compiled, ...observability],
    forbidden: [
      ...clients,
      'zod',
      'node:fs',
      'node:child_process',
      '../admin-api/ports/changes.ts',
      '../admin-api/app.ts',
      '../tokens/memory-tier.ts',
      '../db/client.ts',
      '../directory/users.ts',
      '../config/load-file.ts',
      '../serve.ts',
    ],
  },
  {
    file: 'src/gateway/forward-any.ts',
    allowed: ['undici', '../core/route.ts', 'node:stream'],
    onlyTypes: [compiled, ...observability],
    forbidden: ['postgres', 'node:fs', '../admin-api/ports/changes.ts', '../tokens/memory-tier.ts'],
  },
  {
    file: 'src/admin-api/any.ts',
    allowed: ['./ports/tokens.ts', './tokens/create.ts', '../core/token.ts', '@hono/zod-openapi', 'zod'],
    onlyTypes: [compiled, ...observability],
    forbidden: [
      ...clients,
      'node:fs',
      '../gateway/proxy.ts',
      '../tokens/memory-tier.ts',
      '../directory/users.ts',
      '../db/client.ts',
      '../config/load-file.ts',
      '../serve.ts',
      './../serve.ts',
    ],
  },
  {
    file: 'src/admin-api/tokens/any.ts',
    allowed: ['./neighbour.ts', '../ports/tokens.ts', '../http/fields.ts', '../../core/token.ts', '@hono/zod-openapi'],
    onlyTypes: [compiled, ...observability].map((path) => `../${path}`),
    forbidden: [...clients, 'node:fs', '../../gateway/proxy.ts', '../../tokens/store.ts', '../../serve.ts'],
  },
  {
    file: 'src/admin-api/console-assets.ts',
    allowed: ['node:fs/promises', 'hono'],
    onlyTypes: [compiled],
    forbidden: ['postgres', 'node:child_process', '../gateway/proxy.ts'],
  },
  {
    file: 'src/commands/any.ts',
    allowed: ['./terminal/table.ts', '../serve.ts', '../config/load-file.ts', '../lib/nearest.ts', 'node:util', 'zod'],
    forbidden: [...clients, '../db/client.ts', '../tokens/store.ts', '../gateway/proxy.ts', '../admin-api/app.ts'],
  },
  {
    file: 'src/commands/terminal/any.ts',
    allowed: ['../command.ts', '../../config/environment.ts', 'node:readline'],
    forbidden: [...clients, '../../db/client.ts', '../../admin-api/app.ts', '../../../admin/main.tsx'],
  },
  {
    file: 'src/commands/explanation/any.ts',
    allowed: ['../command.ts', '../../explanation/fix.ts', '../../gateway/decide.ts', '../../core/route.ts'],
    forbidden: [...clients, '../../db/client.ts', '../../admin-api/app.ts', '../../serve.ts'],
  },
  ...['admin-token', 'migrate', 'own-store', 'store-location'].map((command) => ({
    file: `src/commands/${command}.ts`,
    allowed: ['./terminal/table.ts', '../db/store.ts', '../directory/bootstrap.ts', '../tokens/invalidation.ts'],
    forbidden: [...clients, '../gateway/decide.ts', '../upstreams/pools.ts', '../admin-api/app.ts'],
  })),
  {
    file: 'admin/any.tsx',
    allowed: ['./views/tokens.tsx', 'preact', 'preact/hooks'],
    forbidden: ['../src/core/scope.ts', 'react', 'node:fs', 'undici'],
  },
  {
    file: 'admin/vite.config.ts',
    allowed: ['vite', 'node:url'],
    forbidden: ['preact', '../src/core/scope.ts', 'node:fs'],
  },
  {
    file: 'admin/views/any.tsx',
    allowed: ['../api.ts', './tokens.tsx', 'preact'],
    forbidden: ['../../src/core/scope.ts', 'react'],
  },
];

const readsEnvironment = ['process.env', 'globalThis.process'];
const readsTime = ['Date.now()', 'performance.now()', 'process.hrtime.bigint()'];
const expressions: readonly {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}[] = [
  {
    file: 'src/gateway/time.ts',
    allowed: ['new Date(0)'],
    forbidden: [...readsTime, ...readsEnvironment, "fetch('')"],
  },
  {
    file: 'src/core/time.ts',
    allowed: ['new Date(0)'],
    forbidden: [...readsTime, 'process.pid', 'console.log(f)', 'setTimeout(f, 1)', 'setInterval(f, 1)', "fetch('')"],
  },
  {
    file: 'src/lib/clock.ts',
    allowed: ['Date.now()', 'performance.now()'],
    forbidden: [...readsEnvironment, "process.getBuiltinModule('fs')"],
  },
  { file: 'src/config/environment.ts', allowed: ['process.env'], forbidden: readsTime },
  { file: 'src/commands/api/client.ts', allowed: ["fetch('')"], forbidden: [...readsTime, ...readsEnvironment] },
  { file: 'src/tokens/loader.ts', allowed: [], forbidden: ["process.getBuiltinModule('fs')", "require('fs')"] },
];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** Lints a folder that holds the given files and the repository's settings. */
async function lint(files: Readonly<Record<string, string>>): Promise<{ code: number; diagnostics: Diagnostic[] }> {
  const folder = await tempDir('lint');
  await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const args = [join(root, 'node_modules/oxlint/bin/oxlint'), '--format=json', '--deny-warnings'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 ** 2 }, (error, stdout) => {
      const report = stdout.startsWith('{')
        ? (JSON.parse(stdout) as { diagnostics: Diagnostic[] })
        : { diagnostics: [] };
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, diagnostics: report.diagnostics });
    });
  });
}

/** The lines of `file` that a rule of the house stopped. */
function stopped(diagnostics: readonly Diagnostic[], file: string, lines: readonly string[]): string[] {
  const rule = /no-restricted-(imports|globals|properties)|no-require-imports/;
  const found = diagnostics.filter((diagnostic) => diagnostic.filename === file && rule.test(diagnostic.code));
  return [...new Set(found.map((diagnostic) => lines[(diagnostic.labels[0]?.span.line ?? 0) - 1] ?? diagnostic.code))];
}

function importLines(boundary: Boundary): { allowed: string[]; forbidden: string[] } {
  let count = 0;
  const values = (from: string): string => `import { a as a${count++} } from '${from}';`;
  const types = (from: string): string => `import type { A as A${count++} } from '${from}';`;
  const onlyTypes = boundary.onlyTypes ?? [];
  return {
    allowed: [...boundary.allowed.flatMap((from) => [values(from), types(from)]), ...onlyTypes.map(types)],
    forbidden: [...boundary.forbidden.flatMap((from) => [values(from), types(from)]), ...onlyTypes.map(values)],
  };
}

describe('the import rules', () => {
  let code: number;
  let diagnostics: readonly Diagnostic[];

  beforeAll(async () => {
    const files = boundaries.map((boundary) => {
      const { allowed, forbidden } = importLines(boundary);
      return [boundary.file, [...allowed, ...forbidden].join('\n')] as const;
    });
    const report = await lint(Object.fromEntries(files));
    code = report.code;
    diagnostics = report.diagnostics;
  });

  test('fail the check when one is broken', () => {
    expect(code).toBe(1);
  });

  test.each(boundaries)('hold for $file', (boundary) => {
    const { allowed, forbidden } = importLines(boundary);
    expect(stopped(diagnostics, boundary.file, [...allowed, ...forbidden]).toSorted()).toEqual(forbidden.toSorted());
  });

  test('name every folder of src here, so that a new one cannot go untested', async () => {
    const entries = await readdir(join(root, 'src'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const named = new Set(boundaries.map((boundary) => boundary.file.split('/')[1]));
    expect(folders.filter((folder) => !named.has(folder))).toEqual([]);
  });

  test('stop a dynamic import, a re-export and an import for its effect as well', async () => {
    const forms = ["export const a = await import('undici');", "export { b } from 'undici';", "import 'undici';"];
    const report = await lint({ 'src/core/forms.ts': forms.join('\n') });
    expect(stopped(report.diagnostics, 'src/core/forms.ts', forms).toSorted()).toEqual(forms.toSorted());
  });

  test.each([
    'src/core/any.ts',
    'src/config/any.ts',
    'src/config/load-any.ts',
    'src/admin-api/any.ts',
    'src/admin-api/http/any.ts',
  ])('let %s take from node:net what does no I/O, and nothing else', async (file) => {
    const allowed = ["import { isIP } from 'node:net';", "import { BlockList } from 'node:net';"];
    const forbidden = [
      "import { connect } from 'node:net';",
      "import net from 'node:net';",
      "import * as all from 'node:net';",
    ];
    const lines = [...allowed, ...forbidden];
    const report = await lint({ [file]: lines.join('\n') });
    expect(stopped(report.diagnostics, file, lines).toSorted()).toEqual(forbidden.toSorted());
  });

  test('let config take from node:tls what reads a certificate, and nothing else', async () => {
    const [allowed, forbidden] = [
      "import { createSecureContext } from 'node:tls';",
      "import { connect } from 'node:tls';",
    ];
    const report = await lint({ 'src/config/any.ts': `${allowed}\n${forbidden}` });
    expect(stopped(report.diagnostics, 'src/config/any.ts', [allowed, forbidden])).toEqual([forbidden]);
  });

  test('stop two files that import each other, be it for types alone', async () => {
    const report = await lint({
      'src/core/one.ts': "import type { Two } from './two.ts';\nexport interface One { two: Two }\n",
      'src/core/two.ts': "import type { One } from './one.ts';\nexport interface Two { one: One }\n",
    });
    expect(report.diagnostics.map((diagnostic) => diagnostic.code)).toContain('import(no-cycle)');
  });
});

describe('the rules on time, environment and I/O', () => {
  test.each(expressions)('hold for $file', async ({ file, allowed, forbidden }) => {
    const line = (expression: string, at: number): string => `export const e${at} = (f) => ${expression};`;
    const lines = [...allowed, ...forbidden].map(line);
    const report = await lint({ [file]: lines.join('\n') });
    expect(stopped(report.diagnostics, file, lines).toSorted()).toEqual(lines.slice(allowed.length).toSorted());
  });
});

describe('the linter', () => {
  test('takes a file that keeps the rules', async () => {
    expect(await lint({ 'src/core/fine.ts': 'export const fine = 1;\n' })).toEqual({ code: 0, diagnostics: [] });
  });

  test('fails when it is given nothing to look at', async () => {
    expect((await lint({})).code).toBe(1);
  });
});
