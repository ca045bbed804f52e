import { maskTokens } from '../core/token-mask.ts';
import type { SourceNode, SourceText, Span } from './source-text.ts';
import { isReference, withoutUrlSecrets } from './url-secrets.ts';

const redacted = '(redacted)';

/** A secret of webhooks, wherever it stands. */
const webhookSecret = /whsec_[A-Za-z0-9+/=]+/g;

/** Names of headers whose value a route keeps to itself, and values that say themselves what they are. */
const secretHeader = /auth|key|secret|token|pass|pwd|cookie|credential|session|signature|login|jwt/i;
const secretValue = /^(?:basic|bearer|digest|token|negotiate|apikey)\s/i;

const reference = /\$\{\w+(?::[-?][^}]*)?\}/g;

const comment = /(?<=^|\s)#[^\n]*/g;
/** A comment is nobody's, so less is enough to hide it. */
const secretInComment = /((?:password|passwd|pwd|secret|token|api-?key|authorization)["']?[ \t]*[:=][ \t]*)\S.*/i;

/**
 * The text of a gateway.yaml as others may see it, line for line: values from the environment stay the `${NAME}` that is
 * written, and what looks like a secret that somebody wrote out is not shown.
 */
export function shownText({ text }: SourceText, root: SourceNode): string {
  let shown = '';
  let at = 0;
  for (const { from, to, instead } of replacements(text, root, []).toSorted(byPlace)) {
    if (from < at) continue;
    shown += withoutSecretComments(text.slice(at, from)) + instead;
    at = to;
  }
  shown += withoutSecretComments(text.slice(at));
  return maskTokens(shown.replace(webhookSecret, redacted));
}

interface Replacement extends Span {
  readonly instead: string;
  readonly isWhole: boolean;
}

/** What an alias repeats has one place, and is hidden when it is a secret anywhere. */
function byPlace(one: Replacement, other: Replacement): number {
  return one.from - other.from || Number(other.isWhole) - Number(one.isWhole);
}

function replacements(text: string, node: SourceNode, path: readonly string[]): Replacement[] {
  const { children, value, span } = node;
  if (children.size > 0) {
    return [...children].flatMap(([step, child]) => replacements(text, child.node, [...path, step]));
  }
  if (typeof value !== 'string') return [];
  const raw = text.slice(span.from, span.to);
  const isWhole = isSecret(node, path, raw);
  return [{ ...span, isWhole, instead: isWhole ? whole(raw) : shownScalar(raw) }];
}

function whole(raw: string): string {
  return `"${redacted}"${raw.replace(/[^\n]/g, '')}`;
}

function shownScalar(raw: string): string {
  const [quote] = /^["']/.exec(raw) ?? [''];
  const inner = raw.slice(quote.length, raw.length - quote.length);
  return `${quote}${withoutUrlSecrets(inner)}${quote}`;
}

/** Whether nothing of a scalar is shown. What the environment puts in whole is not in the text; a default beside it is. */
function isSecret({ value, written }: SourceNode, path: readonly string[], raw: string): boolean {
  if (written !== undefined && isReference(written)) return false;
  const isWebhook = path[0] === 'webhooks' && (path[2] === 'key' || path[2] === 'url');
  return isWebhook || isSecretHeader(path, String(value)) || hidesUrl(String(value), raw);
}

function isSecretHeader(path: readonly string[], value: string): boolean {
  const isHeader = path[0] === 'routes' && path[2] === 'headers' && path[4] === 'set';
  return isHeader && (secretHeader.test(path[5] ?? '') || secretValue.test(value));
}

/** A URL with a user or parameters that does not stand there as such, but by escapes or in parts. */
function hidesUrl(value: string, raw: string): boolean {
  if (!/:\/\/[\s\S]*[@?]/.test(value)) return false;
  const isEscaped = raw.startsWith('"') ? raw.includes('\\') : raw.startsWith("'") && raw.includes("''");
  return isEscaped || (!raw.includes('://') && /[@?]/.test(raw.replaceAll(reference, '')));
}

/** What stands between values: keys, and comments. */
function withoutSecretComments(text: string): string {
  return text.replace(comment, (found) => withoutUrlSecrets(found).replace(secretInComment, `$1${redacted}`));
}
