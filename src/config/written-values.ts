import { asMap } from './file-names.ts';
import { readDocument } from './load-document.ts';
import { readTree } from './load-tree.ts';
import { sourceText, type SourceNode } from './source-text.ts';

/** Stands in for an environment: what it puts in is not looked at. */
class EveryVariable extends Map<string, string> {
  override get(): string {
    return 'x';
  }
}

/**
 * The values of a gateway.yaml as they are written: `${NAME}` stays as it is. It need not be valid.
 * @returns undefined when it is no YAML map
 */
export function writtenValues(text: string, file: string): Readonly<Record<string, unknown>> | undefined {
  const source = sourceText(file, text);
  const { document } = readDocument(source);
  if (document === undefined || document.contents === null) return undefined;
  const { root } = readTree(source, document.contents, new EveryVariable());
  return root && asMap(asWritten(root));
}

function asWritten(node: SourceNode): unknown {
  if (node.written !== undefined) return node.written;
  const children = [...node.children].map(([key, child]) => [key, asWritten(child.node)] as const);
  if (Array.isArray(node.value)) return children.map(([, value]) => value);
  if (typeof node.value === 'string') return node.value.replaceAll('${', '$${');
  return asMap(node.value) === undefined ? node.value : Object.fromEntries(children);
}
