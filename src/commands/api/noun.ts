import { nearest } from '../../lib/nearest.ts';
import type { Action, Shown } from './action.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from '../command.ts';
import { confirm, yesOption } from '../terminal/confirm.ts';
import { connect, connectionOptions } from './connection.ts';
import { failureText } from './failure-text.ts';
import { renderColumns, renderHelp } from '../terminal/help.ts';
import { readInput, type Input, type OptionTable } from '../terminal/options.ts';

/** A command made of verbs, such as `wayleave token create`; every one of them calls the admin API. */
export interface Noun {
  readonly name: string;
  readonly summary: string;
  readonly actions: readonly Action[];
}

export function nounCommand(noun: Noun): Command {
  return { summary: noun.summary, help: nounHelp(noun), run: (args, io) => runNoun(noun, args, io) };
}

/** A command that is one action by itself, such as `wayleave usage`. */
export function actionCommand(action: Action): Command {
  const { verb: name, summary } = action;
  return { summary, help: actionHelp(name, action), run: (args, io) => runAction(name, action, args, io) };
}

async function runNoun(noun: Noun, [verb, ...rest]: readonly string[], io: CommandIo): Promise<number> {
  if (verb === undefined) {
    io.stderr(nounHelp(noun));
    return exitCodes.failed;
  }
  if (verb === '--help' || verb === '-h') {
    io.stdout(nounHelp(noun));
    return exitCodes.done;
  }
  const action = noun.actions.find(
    (candidate) => candidate.verb === verb || candidate.aliases?.includes(verb) === true,
  );
  if (action !== undefined) return runAction(`${noun.name} ${action.verb}`, action, rest, io);
  const verbs = noun.actions.map((candidate) => candidate.verb);
  const near = nearest(verb, verbs);
  const hint = near === undefined ? `it has ${verbs.join(', ')}` : `did you mean "${near}"?`;
  return refuseUsage(io, noun.name, `there is no "${verb}"; ${hint}`);
}

/** @param name what stands behind `wayleave` */
async function runAction(name: string, action: Action, args: readonly string[], io: CommandIo): Promise<number> {
  const read = readInput(args, optionsOf(action), action.takes);
  if (read.kind === 'help') {
    io.stdout(actionHelp(name, action));
    return exitCodes.done;
  }
  if (read.kind === 'wrong') return refuseUsage(io, name, read.message);
  const { input } = read;
  const missing = action.required?.find((option) => input.values[option] === undefined);
  if (missing !== undefined)
    return refuseUsage(io, name, `--${missing} ${optionsOf(action)[missing]?.value ?? ''} is missing`);
  const connection = await connect(input, io);
  if (connection.kind === 'wrong') return refuseUsage(io, name, connection.message);
  if (connection.warning !== undefined) io.stderr(`${connection.warning}\n`);
  const warning = action.warning?.(input);
  const doubt = warning && (await confirm(io, warning, input.switches.has('yes')));
  if (doubt !== undefined) {
    io.stderr(`wayleave ${name}: ${doubt}\n`);
    return exitCodes.failed;
  }
  const look = { width: io.terminal.columns, colours: io.terminal.colours };
  const write = (text: string): void => io.stdout(text);
  const readSecret = (question: string): Promise<string> => (io.terminal.interactive ? io.ask(question) : io.stdin());
  const { client } = connection;
  const outcome = await action.run({ input, client, nowMs: io.clock.now(), look, write, readSecret });
  if (outcome.kind === 'shown') return show(outcome, input, io);
  io.stderr(`wayleave ${name}: ${failureText(outcome.failure)}`);
  return exitCodes.failed;
}

function show(shown: Shown, input: Input, io: CommandIo): number {
  for (const note of shown.notes) io.stderr(`${note}\n`);
  const text = input.switches.has('json') ? `${JSON.stringify(shown.body, null, 2)}\n` : shown.text;
  if (text !== '') io.stdout(text);
  return shown.isNegative === true ? exitCodes.failed : exitCodes.done;
}

function optionsOf(action: Action): OptionTable {
  return {
    ...action.options,
    ...(action.warning && { yes: yesOption }),
    json: { help: "Print the server's answer as JSON" },
    ...connectionOptions,
  };
}

function actionHelp(name: string, action: Action): string {
  const required = (action.required ?? []).map((option) => `--${option} ${action.options?.[option]?.value ?? ''}`);
  const usage = ['wayleave', name, ...(action.takes ?? []), ...required, '[options]'].join(' ');
  return renderHelp({
    usage: [usage],
    about: `${action.summary}.`,
    options: optionsOf(action),
    examples: action.examples,
  });
}

function nounHelp(noun: Noun): string {
  const verbs = noun.actions.map((action) => [action.verb, action.summary] as const);
  return [
    `${noun.summary}.\n\nUsage:\n  wayleave ${noun.name} <verb> [options]\n\n`,
    `Verbs:\n${renderColumns(verbs)}\n`,
    `Each has its own page: wayleave ${noun.name} ${verbs[0]?.[0] ?? ''} --help\n`,
  ].join('');
}
