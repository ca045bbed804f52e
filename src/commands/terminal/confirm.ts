import type { CommandIo } from '../command.ts';
import type { Option } from './options.ts';

export const yesOption: Option = { help: 'Do not ask before doing what cannot be undone' };

/**
 * Makes sure that a person means what cannot be undone.
 * @param what the whole sentence, such as `This revokes tok_1 for good.`
 * @returns undefined to go on, or why not
 */
export async function confirm(io: CommandIo, what: string, yes: boolean): Promise<string | undefined> {
  if (yes) return undefined;
  if (!io.terminal.interactive) return `${what} Nobody can be asked here; say --yes if it is meant.`;
  const answer = (await io.ask(`${what} Go on? [y/N] `)).trim().toLowerCase();
  return answer === 'y' || answer === 'yes' ? undefined : 'nothing was changed';
}
