/** A JSON text as a value, or what is wrong with it. */
export type StrictJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'wrong'; readonly pointer: string; readonly detail: string };

const depthMax = 16;
const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/**
 * Reads JSON (RFC 8259) and refuses what readers of one text could read differently: a key given twice, and the key
 * `__proto__`. Also bounds the nesting, at 16.
 */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'wrong', pointer: '', detail: 'is not JSON' };
  }
  const fault = keyFault(text);
  return fault === undefined ? { kind: 'value', value } : { kind: 'wrong', ...fault };
}

/** A place in the text: the keys seen in the object that is open there, or null within an array. */
interface Level {
  readonly keys: Set<string> | null;
  /** The key or index that leads on from here. */
  at: string | number;
}

interface KeyFault {
  readonly pointer: string;
  readonly detail: string;
}

/** Walks over text that JSON.parse has taken, so that its grammar need not be judged again. */
function keyFault(text: string): KeyFault | undefined {
  const levels: Level[] = [];
  let lastString = '';
  for (const [token] of text.matchAll(tokenPattern)) {
    switch (token) {
      case '{':
      case '[':
        if (levels.length === depthMax) return { pointer: '', detail: `is nested deeper than ${depthMax} levels` };
        levels.push(token === '{' ? { keys: new Set(), at: '' } : { keys: null, at: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        nextItem(levels.at(-1));
        break;
      case ':': {
        const fault = enterKey(levels, String(JSON.parse(lastString)));
        if (fault !== undefined) return fault;
        break;
      }
      default:
        lastString = token;
    }
  }
  return undefined;
}

function nextItem(level: Level | undefined): void {
  if (typeof level?.at === 'number') level.at += 1;
}

function enterKey(levels: readonly Level[], key: string): KeyFault | undefined {
  const level = levels.at(-1);
  if (!level?.keys) return undefined;
  const repeated = level.keys.has(key);
  level.keys.add(key);
  level.at = key;
  if (!repeated && key !== '__proto__') return undefined;
  const pointer = jsonPointer(levels.map(({ at }) => at));
  return { pointer, detail: repeated ? 'is given twice' : 'is not a field of this call' };
}

/** A JSON pointer (RFC 6901) to what `path` leads to. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
