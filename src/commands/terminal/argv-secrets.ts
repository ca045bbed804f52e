/** A token's text anywhere in an argument: `wl_pat_...`, `--token=wl_pat_...`, `Authorization: Bearer wl_pat_...`. */
const tokenText = /(?:^|[^0-9A-Za-z])[a-z][a-z0-9]{0,15}_(?:pat|asu|ses|acc|enr)_[0-9A-Za-z]{16,}/;

/** Says whether one of the arguments holds a token. Every user of a machine can read the arguments of its processes. */
export function holdsToken(args: readonly string[]): boolean {
  return args.some((argument) => tokenText.test(argument));
}

/** What the person reads then. The token itself is not repeated. */
export const tokenInArguments = [
  'there is a token among the arguments. Every user of this machine can read them (ps), and the shell keeps them in its',
  'history: treat that token as known to others and revoke it.',
  'Set WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE instead, or pipe the token in: --token - < token.txt',
].join('\n');
