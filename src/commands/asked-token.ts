import type { CommandIo } from './command.ts';

export type AskedToken =
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'wrong'; readonly message: string };

/**
 * Reads the token that a question is about from standard input.
 * @param option what --token was given; `-` is all that it takes
 */
export async function readAskedToken(option: string | undefined, io: CommandIo): Promise<AskedToken> {
  if (option !== '-') return wrong('a token is never an argument; write --token - and pipe it in');
  const text = (await io.stdin()).trim();
  if (/^[\x21-\x7e]{1,512}$/.test(text)) return { kind: 'token', text };
  return wrong('standard input holds no token: one word of printable characters');
}

function wrong(message: string): AskedToken {
  return { kind: 'wrong', message };
}
