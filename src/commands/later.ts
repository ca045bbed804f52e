/** Commands that the documentation names and this version does not have yet, with what does the job meanwhile. */
const laterCommands: Readonly<Record<string, string>> = {
  'test-routes': '`wayleave explain` answers one request at a time meanwhile',
};

export const laterCommandNames: readonly string[] = Object.keys(laterCommands);

/** The sentence for a command that a later version brings; undefined for any other name. */
export function laterCommand(name: string): string | undefined {
  return Object.hasOwn(laterCommands, name) ? notAvailable(`wayleave ${name}`, laterCommands[name]) : undefined;
}

/** The sentence for anything that is known but that this version does not have. */
export function notAvailable(what: string, meanwhile?: string): string {
  return `error  not-available  ${what}: a later version brings it${meanwhile === undefined ? '' : `; ${meanwhile}`}\n`;
}
