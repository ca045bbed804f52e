import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
}

const manifest = read('package.json') as Record<'dependencies' | 'devDependencies', Record<string, string>>;
const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, Package>> };

test('every dependency is asked for at an exact version', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.length).toBeGreaterThan(0);
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('the lock file has the packages of every platform, without which npm ci refuses to install', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !hasEntry(path, name)),
  );
  expect(missing).toEqual([]);
});

test('the lock file names no registry, so that npm uses the one it is configured with', () => {
  expect(Object.values(lock.packages).filter((entry) => entry.resolved !== undefined)).toEqual([]);
});

/** Looks for a package as Node does: beside `path`, then further up. */
function hasEntry(path: string, name: string): boolean {
  const prefix = path === '' ? '' : `${path}/`;
  if (lock.packages[`${prefix}node_modules/${name}`] !== undefined) return true;
  const parent = path.lastIndexOf('node_modules/');
  return parent >= 0 && hasEntry(path.slice(0, Math.max(0, parent - 1)), name);
}
