/** What is done with a connection, in order: by the client, or by the upstream in its answer. */
export type Step =
  | { readonly kind: 'write'; readonly bytes: string }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'abort' };

export interface MacroOptions {
  /** Values of `{{NAME}}`. */
  readonly names: ReadonlyMap<string, string>;
  /** What seconds of waiting are multiplied with. */
  readonly pace: number;
}

/** Replaces macros that stand for text. */
export function expandText(text: string, names: ReadonlyMap<string, string>): string {
  return text
    .replace(/\{\{([A-Z][A-Z0-9_]*)\}\}/g, (macro, name: string) => {
      const value = names.get(name);
      if (value === undefined) throw new Error(`nothing is known for ${macro}`);
      return value;
    })
    .replace(/\{\{rep:(.*?):(\d+)\}\}/gs, (_, piece: string, times: string) => piece.repeat(Number(times)))
    .replace(/\{\{repn:(.*?):(\d+)\}\}/gs, (_, piece: string, times: string) =>
      Array.from({ length: Number(times) }, (_value, at) => piece.replaceAll('{n}', String(at))).join(''),
    )
    .replace(/\{\{chunks:(\d+):(\d+)\}\}/g, (_, size: string, times: string) =>
      chunked('x'.repeat(Number(size)), Number(times)),
    );
}

/** Takes text with macros apart into what is to be done. */
export function stepsOf(text: string, { names, pace }: MacroOptions): Step[] {
  const pieces = expandText(text, names).split(/(\{\{[a-z_]+(?::[^}]*)?\}\})/);
  return pieces.filter((piece) => piece !== '').flatMap((piece) => stepsOfPiece(piece, pace));
}

function stepsOfPiece(piece: string, pace: number): Step[] {
  const [, name, argument = ''] = /^\{\{([a-z_]+)(?::([^}]*))?\}\}$/.exec(piece) ?? [];
  switch (name) {
    case undefined:
      return [{ kind: 'write', bytes: piece }];
    case 'abort':
      return [{ kind: 'abort' }];
    case 'sleep':
      return [{ kind: 'sleep', ms: Number(argument) * 1000 * pace }];
    case 'sleep_ms':
      return [{ kind: 'sleep', ms: Number(argument) }];
    case 'drip':
      return drip(argument, pace);
    default:
      throw new Error(`the macro ${piece} is not known`);
  }
}

/** `1byte:1s:40`: a chunk of 1 byte each second, 40 times, then the last chunk. */
function drip(argument: string, pace: number): Step[] {
  const [, bytes = '1', seconds = '1', times = '1'] = /^(\d+)bytes?:(\d+)s:(\d+)$/.exec(argument) ?? [];
  const chunk = `${Number(bytes).toString(16)}\r\n${'x'.repeat(Number(bytes))}\r\n`;
  const each: Step[] = [
    { kind: 'sleep', ms: Number(seconds) * 1000 * pace },
    { kind: 'write', bytes: chunk },
  ];
  return [...Array.from({ length: Number(times) }, () => each).flat(), { kind: 'write', bytes: '0\r\n\r\n' }];
}

function chunked(piece: string, times: number): string {
  return `${`${piece.length.toString(16)}\r\n${piece}\r\n`.repeat(times)}0\r\n\r\n`;
}
