import type { ApiClient } from './api/client.ts';
import { connect, connectionOptions } from './api/connection.ts';
import { failureText } from './api/failure-text.ts';
import { configurationShape } from './api/decision-shapes.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { changesBetween, isSame } from './difference/changes.ts';
import { changesJson, renderChanges } from './difference/render.ts';
import { renderReplay, replayJson, replayOf, type MadeReplay } from './difference/replay.ts';
import { sideOfFile, sideOfText, type Side, type SideOutcome } from './difference/side.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const exits = { same: 0, failed: 1, differs: 2 } as const;

const options = {
  replay: {
    value: 'DURATION',
    help: 'Decide again what the gateway decided in that time, at most 14d, and list flips',
  },
  json: { help: 'Print as JSON' },
  ...connectionOptions,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave diff FILE [--replay DURATION] [options]', 'wayleave diff OLD NEW [--replay DURATION] [options]'],
  about: [
    'Compares a gateway.yaml with the one that a running gateway has in force, or with another file: who may pass comes',
    'first, then the rest. With --replay, requests of the last hours or days are decided again, and those that would come',
    'out otherwise are listed with their tokens and owners. Reading from a gateway needs a token of a platform admin.',
  ].join('\n'),
  options,
  examples: [
    'wayleave diff gateway.yaml',
    'wayleave diff gateway.yaml --replay 24h',
    'wayleave diff gateway.yaml next.yaml --json',
  ],
  exits: '0 they are the same, 2 they differ, 1 they cannot be compared',
});

/** `wayleave diff` */
export const diffCommand: Command = {
  summary: 'Show what a gateway.yaml would change, and for whom',
  help,
  run: async (args, io) => {
    const read = readInput(args, options, ['FILE', '[NEW]']);
    if (read.kind === 'wrong') return refuseUsage(io, 'diff', read.message);
    if (read.kind === 'input') return diff(read.input, io);
    io.stdout(help);
    return exitCodes.done;
  },
};

async function diff(input: Input, io: CommandIo): Promise<number> {
  const [first = '', second] = input.positionals;
  const since = input.values['replay'];
  const client = second === undefined || since !== undefined ? await clientOf(input, io) : undefined;
  if (typeof client === 'string') return refuse(io, `${client}\n`);
  const before = second === undefined ? await running(client, io) : sideOfFile(first, io.environment);
  if (before.kind === 'wrong') return refuse(io, before.message);
  const after = sideOfFile(second ?? first, io.environment);
  if (after.kind === 'wrong') return refuse(io, after.message);
  const sides = { before: before.side, after: after.side };
  if (since === undefined || client === undefined) return show(sides, undefined, input, io);
  const made = await replayOf(client, { ...sides, since, nowMs: io.clock.now() });
  return made.kind === 'failed' ? refuse(io, failureText(made.failure)) : show(sides, made.body, input, io);
}

/** A text: why there is none. */
async function clientOf(input: Input, io: CommandIo): Promise<ApiClient | string> {
  const connection = await connect(input, io);
  if (connection.kind === 'wrong') return connection.message;
  if (connection.warning !== undefined) io.stderr(`${connection.warning}\n`);
  return connection.client;
}

async function running(client: ApiClient | undefined, io: CommandIo): Promise<SideOutcome> {
  if (client === undefined) return { kind: 'wrong', message: 'no gateway was named\n' };
  const answer = await client.call({ method: 'GET', path: ['config'] }, configurationShape);
  if (answer.kind === 'failed') return { kind: 'wrong', message: failureText(answer.failure) };
  const { text, node, revision } = answer.body;
  return sideOfText(text, { name: `the configuration of ${node}`, revision }, io.environment);
}

function refuse(io: CommandIo, message: string): number {
  io.stderr(`wayleave diff: ${message}`);
  return exits.failed;
}

function named({ name, revision }: Side): object {
  return { name, revision };
}

interface Sides {
  readonly before: Side;
  readonly after: Side;
}

function show({ before, after }: Sides, made: MadeReplay | undefined, input: Input, io: CommandIo): number {
  const changes = changesBetween(before, after);
  const same = isSame(changes) && (made === undefined || made.flips.length === 0);
  if (input.switches.has('json')) {
    const replayed = made === undefined ? null : replayJson(made);
    const body = { same, before: named(before), after: named(after), ...changesJson(changes), replay: replayed };
    io.stdout(`${JSON.stringify(body, null, 2)}\n`);
    return same ? exits.same : exits.differs;
  }
  const { colours, columns: width } = io.terminal;
  io.stderr(`${before.name} (revision ${before.revision}) -> ${after.name} (revision ${after.revision})\n`);
  io.stdout(renderChanges(changes, colours));
  if (made !== undefined) io.stdout(renderReplay(made, io.clock.now(), { width, colours }));
  if (same) io.stderr('they mean the same\n');
  return same ? exits.same : exits.differs;
}
