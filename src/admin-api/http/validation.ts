import type { Hook } from '@hono/zod-openapi';
import type { z } from 'zod';
import type { FieldError } from '../../core/problem.ts';
import type { AdminEnv } from '../context.ts';
import { refuse, type Refusal } from './problem-response.ts';
import { jsonPointer } from './strict-json.ts';

/** Where the pointers of a part of the request begin; those of a body at its root. */
const roots: Readonly<Record<string, readonly string[]>> = { json: [], query: ['query'], param: ['path'] };

/** Answers 400 with every wrong field when a schema does not take the input. */
export const refuseInvalid: Hook<unknown, AdminEnv, string, Response | undefined> = (result, c) => {
  if (result.success) return undefined;
  const root = roots[result.target] ?? [result.target];
  return refuse(c, invalid(result.error.issues.flatMap((issue) => fieldErrors(issue, root))));
};

/** The problem for a body that a schema does not take. */
export function invalidInput(issues: readonly z.core.$ZodIssue[]): Refusal<'validation_failed'> {
  return invalid(issues.flatMap((issue) => fieldErrors(issue, [])));
}

/** The problem for fields that are wrong. */
export function invalid(errors: readonly FieldError[]): Refusal<'validation_failed'> {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see "errors")` : '';
  const place = first === undefined || first.pointer === '' ? 'The body' : `The field ${first.pointer}`;
  return { code: 'validation_failed', detail: `${place} ${first?.detail ?? 'is not valid'}${more}.`, errors };
}

/** The problem for one field that is wrong. */
export function invalidField(pointer: string, detail: string): Refusal<'validation_failed'> {
  return invalid([{ pointer, detail }]);
}

function fieldErrors(issue: z.core.$ZodIssue, root: readonly string[]): FieldError[] {
  const path = [...root, ...issue.path];
  if (issue.code !== 'unrecognized_keys') return [{ pointer: jsonPointer(path), detail: wording(issue) }];
  return issue.keys.map((key) => ({
    pointer: jsonPointer([...path, key]),
    detail: 'is not a field of this call',
  }));
}

/** Zod's own sentences, as the end of one that begins with the field; a schema's own words stay. */
function wording(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? 'is missing' : `must be of type ${issue.expected}`;
    case 'too_small':
      return `must be at least ${measure(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `must be at most ${measure(issue.maximum, issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return issue.message;
  }
}

const units: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

function measure(bound: number | bigint, origin: string): string {
  const unit = units[origin];
  if (unit === undefined) return String(bound);
  return `${bound} ${unit}${Number(bound) === 1 ? '' : 's'} long`;
}
