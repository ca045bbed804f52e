const ascii = /^[\u0000-\u007f]*$/;

/** A text as upstreams that do not tell upper from lower case read it: one form for every spelling of its letters. */
export function foldCase(text: string): string {
  const lower = text.toLowerCase();
  // By way of upper case, in which the forms of one letter meet that are several in lower case (final sigma, micro sign).
  return ascii.test(lower) ? lower : lower.toUpperCase().toLowerCase();
}

/**
 * The first letter that only some upstreams read like an ASCII one, or like several, when they mind no case: the Kelvin
 * sign, a dotless i, a long s, a sharp s, ligatures. Undefined: there is none.
 */
export function doubtfulLetter(text: string): string | undefined {
  if (ascii.test(text)) return undefined;
  for (const letter of text) if (!ascii.test(letter) && readings(letter).some(holdsAscii)) return letter;
  return undefined;
}

function readings(letter: string): string[] {
  const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
  return [lower, upper, lower.toUpperCase(), upper.toLowerCase()];
}

function holdsAscii(text: string): boolean {
  return /[\u0000-\u007f]/.test(text);
}
