import type { ProblemCode } from './config-problem.ts';

/** A problem of the YAML itself, without its place. */
export interface SyntaxProblem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly fix?: string;
}

const noTags = 'remove the tag; put quotes around what is meant as text';

/** What the parser's error codes mean, in words for people who do not know YAML's own. */
const byCode: Readonly<Record<string, SyntaxProblem>> = {
  TAB_AS_INDENT: {
    code: 'yaml-syntax',
    message: 'a tab indents this line; YAML takes spaces only',
    fix: 'replace the tab by spaces',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    code: 'yaml-syntax',
    message: 'a key cannot begin here: its line already has one, or the next line is indented more than it should be',
    fix: 'check the indentation; put quotes around text that holds a colon and a space',
  },
  MULTILINE_IMPLICIT_KEY: {
    code: 'yaml-syntax',
    message: 'this is neither a key with its colon nor the end of the value above',
    fix: 'is a colon missing?',
  },
  BAD_SCALAR_START: {
    code: 'yaml-syntax',
    message: 'text cannot begin with this character',
    fix: 'put quotes around it',
  },
  NON_STRING_KEY: { code: 'yaml-syntax', message: 'a list or map cannot be a key' },
  TAG_RESOLVE_FAILED: { code: 'yaml-tag', message: 'tags (!) are not taken', fix: noTags },
  MULTIPLE_TAGS: { code: 'yaml-tag', message: 'tags (!) are not taken', fix: noTags },
  BAD_COLLECTION_TYPE: { code: 'yaml-tag', message: 'tags (!) are not taken', fix: noTags },
};

const byBeginning: readonly (readonly [beginning: RegExp, words: string])[] = [
  [/^Flow (?:map|sequence) in/, 'the [ or { opened above is not closed, or what stands in it is not indented'],
  [/^Missing , or :/, 'this does not belong to the value before it: a comma is missing here, or quotes around both'],
  [/^Sequence item/, 'this line is indented like an entry of the list above, but does not begin with "- "'],
  [/^Unexpected/, 'this does not belong here; check the indentation and the brackets above'],
];

/**
 * Puts an error of the YAML parser into plain words.
 * @param line the text of the line it stands on
 */
export function explainSyntax(code: string, message: string, line: string): SyntaxProblem {
  const known = Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  if (known !== undefined) return known;
  const words = byBeginning.find(([beginning]) => beginning.test(message))?.[1];
  const braces = line.includes('${') ? { fix: 'inside [ ] and { } put quotes around "${NAME}"' } : {};
  return { code: 'yaml-syntax', message: words ?? message.charAt(0).toLowerCase() + message.slice(1), ...braces };
}
