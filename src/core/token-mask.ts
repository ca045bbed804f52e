const tokenText = /([A-Za-z][A-Za-z0-9]{0,15})(?:_|%5[Ff])(pat|asu|ses|acc|enr)(?:_|%5[Ff])[0-9A-Za-z]+/g;
/** As long as a token's secret with its checksum: so it is found however the rest of the token is spelled. */
const secretText = /[0-9A-Za-z]{46,}/g;
const suspicious = /(?:_|%5[Ff])(?:pat|asu|ses|acc|enr)(?:_|%5[Ff])|[0-9A-Za-z]{46}/;

/**
 * Takes tokens out of text that a client chose and that goes into a log or an answer. What looks like a token keeps its
 * prefix and kind alone; other runs of letters and digits of a secret's length go, but for hexadecimal numbers.
 */
export function maskTokens(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(tokenText, '$1_$2_***')
    .replace(secretText, (run) => (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(run) ? run : '***'));
}
