/** Controls, lone surrogates, line separators and what turns the direction of text round (CVE-2021-42574). */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;

/** Whether text shows on one line, as itself, wherever people read it: in lists, in logs, in a terminal. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text);
}
