import { describe, expect, it } from 'vitest';
import { readInput, readList, type OptionTable } from '../../../src/commands/terminal/options.ts';

const options = {
  name: { value: 'NAME', help: '' },
  token: { value: '-', help: '' },
  json: { help: '' },
} as const satisfies OptionTable;

function wrongMessage(args: readonly string[], positionals: readonly string[] = []): string | undefined {
  const read = readInput(args, options, positionals);
  return read.kind === 'wrong' ? read.message : undefined;
}

describe('options', () => {
  it('reads values in both spellings, switches and arguments in any order', () => {
    const read = readInput(['one', '--json', '--name=a b', '--token', '-', 'two'], options, ['FIRST', '[SECOND]']);
    expect(read).toEqual({
      kind: 'input',
      input: { positionals: ['one', 'two'], values: { name: 'a b', token: '-' }, switches: new Set(['json']) },
    });
  });

  it('takes what follows -- as arguments', () => {
    const read = readInput(['--', '--json'], options, ['FIRST']);
    expect(read).toMatchObject({ kind: 'input', input: { positionals: ['--json'] } });
  });

  it('shows help wherever --help or -h stands', () => {
    expect(readInput(['one', '--name', 'x', '--help'], options)).toEqual({ kind: 'help' });
    expect(readInput(['-h'], options)).toEqual({ kind: 'help' });
  });

  it.each([
    [['--nmae', 'x'], 'there is no option --nmae; did you mean --name?'],
    [['--zzzzzz'], 'there is no option --zzzzzz'],
    [['-x'], 'there is no option -x'],
    [['--name', 'a', '--name', 'b'], '--name is given twice; give it once'],
    [['--json', '--json'], '--json is given twice; give it once'],
    [['--json=yes'], '--json is a switch and takes no value'],
    [['--name'], '--name needs a value: --name NAME'],
    [['--name='], '--name needs a value: --name NAME'],
    [['--name', '--json'], '--name needs a value; write --name=--json if "--json" is meant'],
    [['--constructor'], 'there is no option --constructor'],
    [['extra'], '"extra" is one argument too many'],
  ])('refuses %j', (args, message) => {
    expect(wrongMessage(args)).toBe(message);
  });

  it('names the argument that is missing', () => {
    expect(wrongMessage(['one'], ['FIRST', 'SECOND'])).toBe('SECOND is missing');
    expect(wrongMessage(['one'], ['FIRST', '[SECOND]'])).toBeUndefined();
  });
});

describe('lists', () => {
  it('parts at commas and spaces and drops empty parts', () => {
    expect(readList('a,b c,, d ,')).toEqual(['a', 'b', 'c', 'd']);
    expect(readList(' , ')).toEqual([]);
  });
});
