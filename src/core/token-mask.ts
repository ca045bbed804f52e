const tokenText = /([A-Za-z][A-Za-z0-9]{0,15})(?:_|%5[Ff])(pat|asu|ses|acc|enr)(?:_|%5[Ff])[0-9A-Za-z]+/g;
/** As long as a token's secret with its checksum: so it is found however the rest of the token is spelled. */
const secretText = /[0-9A-Za-z]{46,}/g;
const suspicious = /(?:_|%5[Ff])(?:pat|asu|ses|acc|enr)(?:_|%5[Ff])|[0-9A-Za-z]{46}/;

/**
 * Takes tokens out of text that a client chose and that goes into a log or an answer. What looks like a token keeps its
 * prefix and kind alone; other runs of letters and digits of a secret's length go, but for hexadecimal numbers.
 */
export function maskTokens(text: string): string {
  if (!isSuspicious(text)) return text;
  return text
    .replace(tokenText, '$1_$2_***')
    .replace(secretText, (run) => (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(run) ? run : '***'));
}

const secretLength = 46;

/** The same as the pattern says; most texts hold neither a separator nor a long run, and a loop finds that out sooner. */
function isSuspicious(text: string): boolean {
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === underscore || code === percent) return suspicious.test(text);
    run = isLetterOrDigit(code) ? run + 1 : 0;
    if (run === secretLength) return true;
  }
  return false;
}

const [underscore, percent] = [0x5f, 0x25];

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);
}
