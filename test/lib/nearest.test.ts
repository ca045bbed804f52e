import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/lib/nearest.ts';

const names = ['token', 'org', 'user', 'validate', 'version', 'routes'];

describe('nearest', () => {
  it.each([
    ['tokne', 'token'],
    ['tokens', 'token'],
    ['rog', 'org'],
    ['valdate', 'validate'],
    ['route', 'routes'],
    ['usr', 'user'],
  ])('takes %s for %s', (text, name) => {
    expect(nearest(text, names)).toBe(name);
  });

  it.each(['', 'zzz', 'configuration', 'a'])('finds nothing near %j', (text) => {
    expect(nearest(text, names)).toBeUndefined();
  });
});
