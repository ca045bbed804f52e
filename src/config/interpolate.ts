/** What a scalar of gateway.yaml is once the environment has been put into it. */
export type Interpolated =
  | { readonly kind: 'text'; readonly text: string; readonly used: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: 'wrong';
      readonly code: 'env-syntax' | 'env-unset';
      readonly message: string;
      readonly fix?: string;
    };

const reference = /\$\$\{|\$\{([^}]*)(\}?)/g;
const inside = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^]*))?$/;
const forms = 'the forms are ${NAME}, ${NAME:-default} and ${NAME:?message}; $${ stands for the characters themselves';

/**
 * Replaces `${NAME}`, `${NAME:-default}` (also when empty) and `${NAME:?message}` in a scalar's text; `$${` stands for
 * `${`. What is put in is never looked at again.
 */
export function interpolate(text: string, variables: ReadonlyMap<string, string>): Interpolated {
  const used: (readonly [string, string])[] = [];
  let wrong: Interpolated | undefined;
  const replaced = text.replace(reference, (whole: string, body: string | undefined, end: string) => {
    if (body === undefined) return '${';
    const value = end === '' || body.includes('${') ? undefined : resolve(body, variables);
    if (value?.kind === 'value') {
      used.push([value.name, value.text]);
      return value.text;
    }
    wrong ??= value ?? {
      kind: 'wrong',
      code: 'env-syntax',
      message: `"${whole}" is not closed by its own }`,
      fix: forms,
    };
    return whole;
  });
  return wrong ?? { kind: 'text', text: replaced, used };
}

function resolve(
  body: string,
  variables: ReadonlyMap<string, string>,
): { kind: 'value'; name: string; text: string } | (Interpolated & { kind: 'wrong' }) {
  const [, name, operator, operand = ''] = inside.exec(body) ?? [];
  if (name === undefined) {
    return { kind: 'wrong', code: 'env-syntax', message: `"\${${body}}" names no variable`, fix: forms };
  }
  const value = variables.get(name);
  switch (operator) {
    case ':-':
      return { kind: 'value', name, text: value === undefined || value === '' ? operand : value };
    case ':?':
      if (value !== undefined && value !== '') return { kind: 'value', name, text: value };
      return {
        kind: 'wrong',
        code: 'env-unset',
        message: `${name} is not set in the environment${operand && `: ${operand}`}`,
      };
    default:
      if (value !== undefined) return { kind: 'value', name, text: value };
      return {
        kind: 'wrong',
        code: 'env-unset',
        message: `${name} is not set in the environment`,
        fix: `set ${name}, or give a default: \${${name}:-default}`,
      };
  }
}
