import type { GatewayConfig } from '../config/compiled.ts';
import { loadCases, type RouteCase } from '../config/load-cases.ts';
import { renderProblems } from '../config/report.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configOption, openConfig } from './config-file.ts';
import { runCase, type CaseResult } from './explanation/run-case.ts';
import { renderExplanation } from './explanation/render.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';
import { paint, printable } from './terminal/text.ts';

const options = { json: { help: 'Print every case as JSON' }, ...configOption } as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave test-routes CASES [options]'],
  about: [
    'Decides every request of a YAML file by a gateway.yaml, by the code that decides in the gateway, and compares with',
    'what the file expects. `wayleave explain ... --save CASES` writes cases. A case looks so:',
    '',
    '  cases:',
    '    - request: POST /api/devices',
    '      scopes: [device:read]      # or as: USER, or neither: no token',
    '      expect: insufficient_scope # or allow',
    '      route: devices             # may be left out, as host, from, kind, org',
    '',
    'assumed: true makes the user of scopes one whom somebody assumes, assume: USER a real one; read_only: true restrains',
    'the session. as and assume look users up in the store that gateway.yaml names; without them nothing has to run.',
  ].join('\n'),
  options,
  examples: ['wayleave test-routes cases.yaml', 'wayleave test-routes cases.yaml --config next.yaml --json'],
  exits: '0 all is as expected, 1 something is not, or a file is wrong',
});

/** `wayleave test-routes` */
export const testRoutesCommand: Command = {
  summary: 'Compare many decisions with what is expected of them',
  help,
  run: async (args, io) => {
    const read = readInput(args, options, ['CASES']);
    if (read.kind === 'wrong') return refuseUsage(io, 'test-routes', read.message);
    if (read.kind === 'input') return testRoutes(read.input, io);
    io.stdout(help);
    return exitCodes.done;
  },
};

async function testRoutes(input: Input, io: CommandIo): Promise<number> {
  const config = openConfig(input, io);
  if (config === undefined) return exitCodes.failed;
  const [file = ''] = input.positionals;
  const loaded = loadCases(file);
  if (loaded.kind === 'invalid') {
    io.stderr(renderProblems(loaded.problems));
    return exitCodes.failed;
  }
  const results = await runAll(loaded.cases, config, io);
  const failures = results.filter(({ faults }) => faults.length > 0);
  if (input.switches.has('json')) io.stdout(`${JSON.stringify(results, null, 2)}\n`);
  else {
    for (const failure of failures) io.stdout(failureText(file, failure, io.terminal.colours));
    const outcome = failures.length === 0 ? 'as expected' : `${failures.length} not as expected`;
    io.stdout(`${results.length} case${results.length === 1 ? '' : 's'}, ${outcome}\n`);
  }
  return failures.length === 0 ? exitCodes.done : exitCodes.failed;
}

async function runAll(cases: readonly RouteCase[], config: GatewayConfig, io: CommandIo): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await runCase(one, config, io));
  return results;
}

function failureText(file: string, { line, name, request, faults, explanation }: CaseResult, colours: boolean): string {
  const called = name === undefined ? request : `${name}: ${request}`;
  const heading = `${file}:${line}  ${paint('failed', 'red', colours)}  ${printable(`${called}: ${faults.join('; ')}`)}\n`;
  if (explanation === null) return heading;
  return heading + renderExplanation(explanation, colours).replace(/^(?=.)/gm, '  ');
}
