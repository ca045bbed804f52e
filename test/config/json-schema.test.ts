import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { editorSchema, fileSchema, type JsonSchema } from '../../src/config/json-schema.ts';
import { schemaFaults } from './schema-validator.ts';

const schema = editorSchema();
const folder = import.meta.dirname;

function faults(path: string): string[] {
  return schemaFaults(schema, parseYaml(readFileSync(join(folder, path), 'utf8'), { stringKeys: true }), schema);
}

describe('an editor that checks by the schema', () => {
  test.each(['../../gateway.yaml', 'complete.yaml'])('finds nothing wrong with %s', (path) => {
    expect(faults(path)).toEqual([]);
  });

  test.each(['unknown-key', 'unknown-section', 'missing-name', 'empty-list-scopes', 'duration-without-unit'])(
    'finds the fault of %s.yaml',
    (name) => {
      expect(faults(`invalid/${name}.yaml`)).not.toEqual([]);
    },
  );

  test('takes a variable wherever a value is restricted', () => {
    const text = readFileSync(join(folder, 'complete.yaml'), 'utf8');
    const filled = text
      .replace('entries: 5000', 'entries: ${N:-5000}')
      .replace('ttl: 10s', 'ttl: ${TTL}')
      .replace('preset: custom', 'preset: "${PRESET:?which}"')
      .replace('forward_token: true', 'forward_token: ${F}');
    expect(filled).toContain('${F}');
    expect(schemaFaults(schema, parseYaml(filled, { stringKeys: true }), schema)).toEqual([]);
  });
});

test('the schema is draft 7, with an id and a title', () => {
  expect(schema).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:wayleave:gateway-yaml:1',
    title: 'gateway.yaml',
  });
});

test('every key says what it is', () => {
  expect(undescribed(fileSchema(), '')).toEqual([]);
});

function undescribed({ properties = {}, additionalProperties, items, anyOf = [] }: JsonSchema, path: string): string[] {
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      ...(inner.description === undefined && !['address', 'tls', 'assertion'].includes(key) ? [`${path}.${key}`] : []),
      ...undescribed(inner, `${path}.${key}`),
    ]),
    ...(typeof additionalProperties === 'object' ? undescribed(additionalProperties, `${path}.*`) : []),
    ...(items === undefined ? [] : undescribed(items, `${path}[]`)),
    ...anyOf.flatMap((inner) => undescribed(inner, path)),
  ];
}
