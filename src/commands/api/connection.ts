import { ApiClient } from './client.ts';
import type { CommandIo } from '../command.ts';
import type { Input, OptionTable } from '../terminal/options.ts';

/** Options of every command that calls the admin API. */
export const connectionOptions = {
  server: { value: 'URL', help: 'The admin listener; otherwise WAYLEAVE_SERVER, otherwise http://127.0.0.1:8081' },
  token: { value: '-', help: 'Read the token from standard input; otherwise WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE' },
} as const satisfies OptionTable;

const defaultServer = 'http://127.0.0.1:8081';

export type Connection =
  | { readonly kind: 'client'; readonly client: ApiClient; readonly warning: string | undefined }
  | { readonly kind: 'wrong'; readonly message: string };

/** Puts together whom to call and as whom, from the options and the environment. */
export async function connect(input: Input, io: CommandIo): Promise<Connection> {
  const server = readServer(input.values['server'] ?? io.environment.server ?? defaultServer);
  if (server.kind === 'wrong') return server;
  const token = await readToken(input.values['token'], io);
  if (token.kind === 'wrong') return token;
  return { kind: 'client', client: new ApiClient(server.origin, token.token), warning: server.warning };
}

/** Whom to call without a token. */
export function connectWithoutToken(input: Input, io: CommandIo): Connection {
  const server = readServer(input.values['server'] ?? io.environment.server ?? defaultServer);
  if (server.kind === 'wrong') return server;
  return { kind: 'client', client: new ApiClient(server.origin), warning: server.warning };
}

type Server =
  | { readonly kind: 'server'; readonly origin: string; readonly warning: string | undefined }
  | { readonly kind: 'wrong'; readonly message: string };

function readServer(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return wrong(`the server "${text}" is no URL such as ${defaultServer}`);
  }
  if (url.username !== '' || url.password !== '')
    return wrong('the server URL holds a password; a token is sent instead');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return wrong(`the server is an origin alone: write ${url.origin}`);
  }
  const clear = url.protocol === 'http:' && !isLoopback(url.hostname);
  const warning = clear
    ? `warning: ${url.origin} is not encrypted and not this machine: what is secret travels in clear`
    : undefined;
  return { kind: 'server', origin: url.origin, warning };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

type TokenSource =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'wrong'; readonly message: string };

async function readToken(option: string | undefined, io: CommandIo): Promise<TokenSource> {
  if (option !== undefined && option !== '-') {
    return wrong('a token is never an argument; write --token - and pipe it in: --token - < token.txt');
  }
  const text = option === '-' ? await io.stdin() : io.environment.token;
  const token = text?.trim();
  if (token === undefined) {
    return wrong('no token: set WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE; `wayleave admin-token` makes the first one');
  }
  if (token === '') return wrong(`the token from ${option === '-' ? 'standard input' : 'the environment'} is empty`);
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) return wrong('the token is not one word of printable characters');
  return { kind: 'token', token };
}

function wrong(message: string): { kind: 'wrong'; message: string } {
  return { kind: 'wrong', message };
}
