/** Something that has to hold, and what to say where it does not. */
export type Claim = readonly [holds: boolean, otherwise: string];

export function faultsIn(claims: readonly Claim[]): string[] {
  return claims.filter(([holds]) => !holds).map(([, otherwise]) => otherwise);
}

/** Whether one of the values is what a pattern with `*` for any text describes. */
export function anyLike(values: readonly string[], pattern: string): boolean {
  const pieces = pattern.split('*').map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const whole = new RegExp(`^${pieces.join('.*')}$`, 's');
  return values.some((value) => whole.test(value));
}

/** Text for a message: no longer than a line. */
export function short(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
