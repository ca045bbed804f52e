/** A place for log lines to go, and what arrived there. */
export function lineCollector() {
  const texts: string[] = [];
  return {
    write: (text: string): void => {
      texts.push(text);
    },
    text: (): string => texts.join(''),
    lines: (): Record<string, unknown>[] =>
      texts
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
