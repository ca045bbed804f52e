import { describe, expect, it } from 'vitest';
import { main } from '../../src/commands/main.ts';
import { commandLoaders } from '../../src/commands/registry.ts';
import { mintToken } from '../../src/core/token.ts';
import { memoryIo } from './memory-io.ts';

async function run(...args: string[]) {
  const io = memoryIo();
  const exit = await main(args, io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

describe('wayleave', () => {
  it('lists its commands for --help, and without a command as an error', async () => {
    const asked = await run('--help');
    expect(asked.exit).toBe(0);
    for (const name of commandLoaders.keys()) expect(asked.out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    const nothing = await run();
    expect(nothing).toEqual({ exit: 2, out: '', err: asked.out });
  });

  it.each([...commandLoaders.keys()])('has a page for %s, with examples, by both ways of asking', async (name) => {
    const page = await run(name, '--help');
    expect(page.exit).toBe(0);
    expect(page.out).toContain('Usage:\n');
    expect(page.err).toBe('');
    expect(await run('help', name)).toEqual(page);
    if (page.out.includes('Options:')) expect(page.out).toContain('Examples:\n');
  });

  it.each(['token', 'org', 'user', 'service-user', 'authorization'])('has a page for each verb of %s', async (noun) => {
    const { out } = await run(noun, '--help');
    const verbs = [...out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb]) => verb ?? '');
    expect(verbs.length).toBeGreaterThan(2);
    for (const verb of verbs) {
      const page = await run(noun, verb, '--help');
      expect(page.exit).toBe(0);
      expect(page.out).toContain('Examples:\n');
      expect(page.out).toContain('--json');
      expect(await run('help', noun, verb)).toEqual(page);
    }
  });

  it('says what was meant by a command that does not exist', async () => {
    expect(await run('tokn', 'list')).toEqual({
      exit: 2,
      out: '',
      err: 'wayleave: there is no command "tokn". Did you mean "token"?\nSee: wayleave --help\n',
    });
    expect((await run('frobnicate')).exit).toBe(2);
    expect((await run('constructor')).exit).toBe(2);
    expect((await run('help', 'tokn')).exit).toBe(2);
  });

  it('refuses a token among its arguments, whatever the command, without repeating it', async () => {
    const token = mintToken('wl', 'pat');
    for (const args of [
      ['token', 'list', token],
      ['token', 'list', `--token=${token}`],
      ['nothing', `Bearer ${token}`],
    ]) {
      const { exit, err } = await run(...args);
      expect(exit).toBe(1);
      expect(err).toContain('there is a token among the arguments');
      expect(err).not.toContain(token.slice(8, 20));
    }
  });

  it('tells its version', async () => {
    const { out } = await run('version');
    expect(out).toMatch(/^wayleave \d+\.\d+\.\d+ \(Node v\d/);
    expect(await run('--version')).toMatchObject({ exit: 0, out });
    expect(JSON.parse((await run('version', '--json')).out)).toMatchObject({ node: process.version });
  });
});
