import { maskTokens } from '../core/token-mask.ts';
import type { SourceNode, SourceText, Span } from './source-text.ts';

const redacted = '(redacted)';

/** A password within a URL that is written out; one from the environment stands there as `${NAME}` anyway. */
const urlPassword = /(:\/\/[^\s/@:"']*:)(?!\$\{[^}]*\}@)[^\s/@"']+(?=@)/g;

/** A secret in the query of a URL, and one of webhooks wherever it stands. */
const urlSecret = /([?&][^\s=&"']*(?:password|secret|token|key)[^\s=&"']*=)(?!\$\{)[^\s&"']+/gi;
const webhookSecret = /whsec_[A-Za-z0-9+/=]+/g;

/** Names of headers whose value a route keeps to itself. */
const secretHeader = /auth|key|secret|token|password|cookie|credential/i;

/**
 * The text of a gateway.yaml as others may see it, line for line: values from the environment stay the `${NAME}` that is
 * written, and what looks like a secret that somebody wrote out is not shown.
 */
export function shownText({ text }: SourceText, root: SourceNode): string {
  let shown = '';
  let at = 0;
  for (const { from, to } of secretSpans(root, []).toSorted((one, other) => one.from - other.from)) {
    if (from < at) continue;
    const lineBreaks = text.slice(from, to).replace(/[^\n]/g, '');
    shown += `${text.slice(at, from)}"${redacted}"${lineBreaks}`;
    at = to;
  }
  shown += text.slice(at);
  for (const secret of [urlPassword, urlSecret]) shown = shown.replace(secret, `$1${redacted}`);
  return maskTokens(shown.replace(webhookSecret, redacted));
}

function secretSpans(node: SourceNode, path: readonly string[]): Span[] {
  if (node.children.size === 0) return isSecret(path) && isWrittenOut(node) ? [node.span] : [];
  return [...node.children].flatMap(([step, child]) => secretSpans(child.node, [...path, step]));
}

/** What the environment puts in whole is not in the text; a default beside it is. */
function isWrittenOut({ value, written }: SourceNode): boolean {
  return typeof value === 'string' && (written === undefined || !/^\$\{\w+(?::\?[^}]*)?\}$/.test(written));
}

function isSecret(path: readonly string[]): boolean {
  if (path[0] === 'webhooks') return path[2] === 'key' || path[2] === 'url';
  return path[0] === 'routes' && path[2] === 'headers' && path[4] === 'set' && secretHeader.test(path[5] ?? '');
}
