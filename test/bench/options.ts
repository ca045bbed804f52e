import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RequestShape } from './load.ts';

export interface Options {
  /** The peer that the others are compared with. */
  readonly subject: string;
  /** Peers by name, and parts of `partNames`; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** The built gateway. */
  readonly program: string;
  readonly rounds: number;
  readonly connections: number;
  readonly sampleMs: number;
  readonly warmUpMs: number;
  readonly shapes: readonly RequestShape[];
  /** How many tokens `revocation` revokes, and how many are in the tables of `cold-lookup` and `token-lists`. */
  readonly revocations: number;
  readonly tokens: number;
  /** Where the JSON goes; undefined: nowhere. */
  readonly json: string | undefined;
}

/** What is measured besides peers. */
export const partNames = ['match', 'validate', 'ring', 'revocation', 'cold-lookup', 'token-lists'] as const;
export type PartName = (typeof partNames)[number];

/** Says whether `only` leaves a part in. */
export function isWanted({ only }: Pick<Options, 'only'>, part: PartName): boolean {
  return only === undefined || only.includes(part);
}

export const usage = `npm run bench -- [options]

Compares the gateway with other ways to put something in front of an upstream, pair by pair.
Build first: what is measured is the built gateway.

  --quick           about a minute: the two Node baselines alone, no POST
  --only a,b        these peers (direct, undici, http-proxy, nginx, nginx-auth, caddy, caddy-auth,
                    assertion: the gateway itself without X-Auth-Assertion; assumed, assumed-header:
                    the gateway itself with requests as an assumed user) and parts: "match", "validate",
                    "ring", "revocation" (3 nodes on Postgres and Redis), "cold-lookup" and "token-lists" (in a large table)
  --subject NAME    compare with this peer instead of the gateway
  --program FILE    another build of the gateway than dist/cli.js
  --rounds N        pairs of each peer, 7 or more (default 9)
  --sample MS       length of one sample (default 1400)
  --connections N   connections of the load generator (default 32)
  --revocations N   tokens that "revocation" revokes, with push and without (default 500)
  --tokens N        tokens in the table of "cold-lookup" and "token-lists" (default 1000000)
  --save            write test/results/bench-DATE.json
  --json FILE       write the JSON there
  --help
`;

/** Reads the command line. Throws an error that says what is wrong with it; undefined: help is wanted. */
export function readOptions(args: readonly string[], today: string): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      subject: { type: 'string', default: 'gateway' },
      program: { type: 'string', default: 'dist/cli.js' },
      rounds: { type: 'string', default: '9' },
      sample: { type: 'string', default: '1400' },
      connections: { type: 'string', default: '32' },
      revocations: { type: 'string', default: '500' },
      tokens: { type: 'string', default: '1000000' },
      save: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const sampleMs = atLeast('sample', values.sample, 100);
  return {
    subject: values.subject,
    only: values.only?.split(',') ?? (values.quick ? ['undici', 'http-proxy', 'match'] : undefined),
    program: resolve(values.program),
    rounds: atLeast('rounds', values.rounds, 7),
    connections: atLeast('connections', values.connections, 1),
    sampleMs,
    warmUpMs: Math.round(sampleMs / 5),
    revocations: atLeast('revocations', values.revocations, 20),
    tokens: atLeast('tokens', values.tokens, 1000),
    shapes: values.quick ? ['get'] : ['get', 'post'],
    json: values.json ?? (values.save ? `test/results/bench-${today}.json` : undefined),
  };
}

function atLeast(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`--${name} must be a whole number of at least ${least}, not "${text}"`);
}
