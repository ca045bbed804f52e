import type { GatewayConfig } from '../../config/compiled.ts';
import { builtInScopes } from '../../core/scope.ts';
import type { Authenticate } from '../../gateway/authenticate.ts';
import { nearest } from '../../lib/nearest.ts';

/** As whom a request is decided. */
export type Asker =
  | { readonly kind: 'asker'; readonly authenticate: Authenticate; readonly token?: string }
  | { readonly kind: 'wrong'; readonly message: string };

/** A scope that does not exist would be denied for another reason than the one that was asked about. */
export function scopeFault(scopes: readonly string[], config: GatewayConfig): string | undefined {
  const known = [...config.scopes.keys(), ...Object.keys(builtInScopes)];
  const unknown = scopes.find((scope) => !known.includes(scope));
  if (unknown === undefined) return undefined;
  const near = nearest(unknown, known);
  return `the scope "${unknown}" is not in the catalogue of ${config.file}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

/** The store does not have whom an option names. */
export function unknownUser(reference: string): Asker {
  return wrong(`the store has no user "${reference}"; write an id (usr_...) or username@org-slug`);
}

/** The options make no sense. */
export function wrong(message: string): Asker {
  return { kind: 'wrong', message };
}
