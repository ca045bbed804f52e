/** Writes texts as Postgres reads an array of text. */
export function writeTextArray(list: readonly string[]): string {
  return `{${list.map((item) => `"${item.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}

/** An item after `{` or a comma: in quotes, with backslashes before what they would end, or bare. */
const itemPattern = /[{,](?:"((?:[^"\\]|\\.)*)"|([^,"{}]+))/gs;

/** Reads an array of text as Postgres writes it: of one dimension, and without NULL, which the schema nowhere has. */
export function readTextArray(literal: string): readonly string[] {
  return Array.from(literal.matchAll(itemPattern), ([, quoted, bare]) => {
    if (bare === 'NULL') throw new Error('an array of texts has a NULL in it');
    return bare ?? quoted?.replaceAll(/\\(.)/gs, '$1') ?? '';
  });
}
