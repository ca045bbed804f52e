import * as z from 'zod';
import type { ScopeRequirement } from '../core/route.ts';
import { isBuiltInScope, isScope, isScopePattern, patternCovers } from '../core/scope.ts';
import { nearest } from '../lib/nearest.ts';
import { quote } from './config-problem.ts';
import { asMap, type FileNames, type Names } from './file-names.ts';
import { choice, text, type Fault } from './schema-values.ts';

const scopeTitle = 'a scope';
const segment = '[a-z0-9][a-z0-9._-]*';
const grammar = 'segments of a-z 0-9 . _ - joined by colons, such as device:read';

function reservedFault(scope: string): Fault {
  return {
    code: 'reserved-name',
    message: `${quote(scope)} is the gateway's own: gateway.yaml neither defines nor asks for it`,
  };
}

function grammarFault(value: string): Fault {
  const lower = value.toLowerCase();
  const hint = isScope(lower) ? `; did you mean ${quote(lower)}?` : `: ${grammar}`;
  return { code: 'invalid-scope', message: `${quote(value)} is not a scope${hint}` };
}

/** A key of `scopes:` at the top. */
export const catalogueScope = text({ title: scopeTitle, pattern: `^${segment}(:${segment})*$` }, (value) => {
  if (isBuiltInScope(value)) return reservedFault(value);
  return isScope(value) ? undefined : grammarFault(value);
});

function requiredScope(catalogue: Names) {
  return text({ title: scopeTitle, examples: ['device:read'], pattern: `^${segment}(:${segment})*$` }, (value) => {
    if (value.includes('*')) {
      return {
        code: 'invalid-scope',
        message: `${quote(value)}: a route names its scopes; "*" is for roles`,
        fix: 'name each scope',
      };
    }
    if (isBuiltInScope(value)) return reservedFault(value);
    if (!isScope(value)) return grammarFault(value);
    return catalogue.has(value) ? undefined : unknownScope(value, catalogue);
  });
}

function unknownScope(value: string, catalogue: Names): Fault {
  const hint = catalogue.hint(value);
  const message = `${quote(value)} is not in the catalogue (scopes: at the top)${hint}`;
  const fix = /^(?:any|anyone|no|none|off|public|yes)$/.test(value)
    ? 'write public: true to let anybody pass, authenticated: true for any valid token'
    : `add it there: ${value}: what it permits`;
  return { code: 'unknown-scope', message, ...(hint === '' && { fix }) };
}

/** A scope of a role, in which `*` may stand for segments; it must cover something. */
export function roleScope({ scopes }: FileNames) {
  const step = `(\\*|${segment})`;
  return text(
    { title: 'a scope or pattern', examples: ['device:read', 'device:*'], pattern: `^${step}(:${step})*$` },
    (value) => {
      if (isBuiltInScope(value)) return reservedFault(value);
      if (!isScopePattern(value)) return grammarFault(value);
      if (!value.includes('*')) return scopes.has(value) ? undefined : unknownScope(value, scopes);
      if (scopes.has(value) || scopes.all.some((scope) => patternCovers(value, scope))) return undefined;
      return {
        code: 'unknown-scope',
        message: `${quote(value)} covers no scope of the catalogue (scopes: at the top)`,
      };
    },
  );
}

const methodPattern = /^[A-Z0-9!#$%&'*+.^_`|~-]{1,32}$/;

export function methodFault(value: string): Fault | undefined {
  const upper = value.toUpperCase();
  if (value !== upper) {
    return { code: 'invalid-method', message: `methods are written in capitals; did you mean ${quote(upper)}?` };
  }
  if (value === 'CONNECT' || value === 'TRACE') {
    return { code: 'invalid-method', message: `${value} is never forwarded`, fix: 'remove it' };
  }
  if (methodPattern.test(value) && value !== '*') return undefined;
  return { code: 'invalid-method', message: `${quote(value)} is not a method such as GET` };
}

const methodKey = text({ title: 'a method', pattern: "^(\\*|[A-Z0-9!#$%&'+.^_`|~-]{1,32})$" }, (value) => {
  if (value === '*') return undefined;
  const near = nearest(value, ['all', 'any']);
  if (near === undefined) return methodFault(value);
  const message = `${quote(value)} is not a method; "all" and "any" stand alone or within a method`;
  return { code: 'invalid-method', message, fix: `write GET: { ${near}: [...] }` };
});

export interface ScopesByMethod {
  readonly byMethod: ReadonlyMap<string, ScopeRequirement>;
  readonly others: ScopeRequirement | undefined;
}

const noScopes = 'name scopes, or write authenticated: true to let any valid token pass';

/** `scopes:` of a route in each of its forms. */
export function scopesOfRoute({ scopes }: FileNames) {
  const requirement = requirementForms(requiredScope(scopes));
  const everyMethod = requirement.forms.map((form) =>
    form.transform((others): ScopesByMethod => ({ byMethod: new Map(), others })),
  );
  const byMethod = z
    .record(methodKey, choice(requirement.forms, requirement.formOf, 'The scopes for this method.'))
    .refine((map) => Object.keys(map).length > 0, {
      message: `the map is empty; ${noScopes}`,
      params: { code: 'empty-section' },
    })
    .transform(({ '*': others, ...named }): ScopesByMethod => ({ byMethod: new Map(Object.entries(named)), others }));
  const formOf = (value: unknown) => {
    const form = requirement.formOf(value);
    return form === undefined || isByMethod(value)
      ? asMap(value) && byMethod
      : everyMethod[requirement.forms.indexOf(form)];
  };
  return choice(
    [...everyMethod, byMethod],
    formOf,
    'The scopes a token needs: one, a list (all of them), { all: [...], any: [...] }, or a map by method with "*" for the others.',
  );
}

/** One scope, a list of which all are needed, or `{ all, any }`. */
function requirementForms(scope: z.ZodString) {
  const list = z.array(scope).min(1);
  const one = scope.transform((name): ScopeRequirement => ({ all: [name], any: [] }));
  const every = list.transform((all): ScopeRequirement => ({ all, any: [] }));
  const allAny = z
    .strictObject({
      all: list.optional().meta({ description: 'Every one of these.' }),
      any: list.optional().meta({ description: 'At least one of these.' }),
    })
    .refine(({ all, any }) => all !== undefined || any !== undefined, {
      message: `the map is empty; ${noScopes}`,
      params: { code: 'empty-section' },
      when: ({ issues }) => issues.length === 0,
    })
    .transform(({ all = [], any = [] }): ScopeRequirement => ({ all, any }));
  const formOf = (value: unknown) => {
    if (typeof value === 'string') return one;
    if (Array.isArray(value)) return every;
    return asMap(value) && allAny;
  };
  return { forms: [one, every, allAny] as const, formOf };
}

/** A map by method has at least one key that is no misspelt `all` or `any`. */
function isByMethod(value: unknown): boolean {
  return Object.keys(asMap(value) ?? {}).some((key) => nearest(key.toLowerCase(), ['all', 'any']) === undefined);
}
