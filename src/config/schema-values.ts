import * as z from 'zod';
import { formatDuration, formatSize, parseDuration, parseSize } from '../lib/units.ts';
import { quote, type ProblemCode } from './config-problem.ts';

/** What is wrong with a value, beyond its type. */
export interface Fault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly fix?: string;
}

/** What editors show about a value; `title` is also what messages call it ("is not a duration"). */
export interface About {
  readonly title: string;
  readonly description?: string;
  readonly examples?: readonly string[];
  /** For editors; the loader asks `fault`, which has better words. */
  readonly pattern?: string;
}

/** An issue that carries one of our codes; `path` is relative to the value that is checked. */
export function faultIssue(input: unknown, fault: Fault, path: PropertyKey[] = []): z.core.$ZodRawIssue {
  return { code: 'custom', input, path, message: fault.message, params: { code: fault.code, fix: fault.fix } };
}

/** Text that `faultOf` finds nothing wrong with. */
export function text(about: About, faultOf: (value: string) => Fault | undefined): z.ZodString {
  return z
    .string()
    .check(({ value, issues }) => {
      const fault = faultOf(value);
      if (fault !== undefined) issues.push(faultIssue(value, fault));
    })
    .meta({ ...about });
}

/**
 * A value in one of several forms; `formOf` tells from its shape which one it is meant to be, so that messages speak of
 * that one alone.
 */
export function choice<Output>(
  forms: readonly z.ZodType<Output>[],
  formOf: (value: unknown) => z.ZodType<Output> | undefined,
  description: string,
) {
  const { anyOf } = z.toJSONSchema(z.union(forms), { target: 'draft-7', io: 'input' });
  return z
    .unknown()
    .meta({ anyOf, description })
    .transform((value, { issues }): Output => {
      const form = formOf(value);
      const outcome = form?.safeParse(value);
      if (outcome?.success === true) return outcome.data;
      const found = outcome?.error.issues ?? [
        { code: 'invalid_type', expected: 'unknown', path: [], message: '' } as const,
      ];
      for (const issue of found) issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
      return z.NEVER;
    });
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  /** Why there is a bound, where it is not plain. */
  readonly because?: string;
}

/** A duration between `min` and `max` milliseconds; read as milliseconds. With `none`, that word too, read as Infinity. */
export function duration(description: string, { min, max, because }: Bounds, none = false) {
  const about = {
    title: 'a duration',
    description,
    examples: ['30s', '500ms', '5m', '8h', ...(none ? ['none'] : [])],
    pattern: none ? '^(\\d{1,9}(ms|s|m|h|d)|none)$' : '^\\d{1,9}(ms|s|m|h|d)$',
  };
  return z
    .string()
    .meta(about)
    .transform((value, { issues }) => {
      if (none && value === 'none') return Infinity;
      const milliseconds = parseDuration(value);
      if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds;
      issues.push(
        faultIssue(value, milliseconds === undefined ? noDuration(value) : outOfRange(value, { min, max, because })),
      );
      return z.NEVER;
    });
}

function noDuration(value: string): Fault {
  const guess = /^\d{1,6}$/.test(value) ? `did you mean "${value}s"?` : 'write 500ms, 30s, 5m, 8h or 90d';
  return { code: 'invalid-duration', message: `${quote(value)} is not a duration; ${guess}` };
}

function outOfRange(
  value: string,
  { min, max, because }: { min: number; max: number; because: string | undefined },
): Fault {
  const range = `${formatDuration(min)} to ${formatDuration(max)}`;
  return {
    code: 'out-of-range',
    message: `${quote(value)} is out of range; write ${range}${because === undefined ? '' : `: ${because}`}`,
  };
}

/** A size in bytes between `min` and `max`; with `unlimited`, that word too, read as Infinity. */
export function size(description: string, { min, max }: Bounds, unlimited = false) {
  const pattern = unlimited ? '^(\\d{1,9}(B|KiB|MiB|GiB)|unlimited)$' : '^\\d{1,9}(B|KiB|MiB|GiB)$';
  const about = {
    title: 'a size',
    description,
    examples: ['16KiB', '10MiB', ...(unlimited ? ['unlimited'] : [])],
    pattern,
  };
  return z
    .string()
    .meta(about)
    .transform((value, { issues }) => {
      if (unlimited && value === 'unlimited') return Infinity;
      const bytes = parseSize(value);
      if (bytes !== undefined && bytes >= min && bytes <= max) return bytes;
      const word = unlimited ? ' or "unlimited"' : '';
      const fault: Fault =
        bytes === undefined
          ? { code: 'invalid-size', message: `${quote(value)} is not a size; ${sizeHint(value)}${word}` }
          : {
              code: 'out-of-range',
              message: `${quote(value)} is out of range; write ${formatSize(min)} to ${formatSize(max)}${word}`,
            };
      issues.push(faultIssue(value, fault));
      return z.NEVER;
    });
}

function sizeHint(value: string): string {
  const [, digits, unit] = /^(\d{1,9}) ?([KMG])(?:i?B)?$/i.exec(value) ?? [];
  return unit === undefined ? 'write 512B, 16KiB, 10MiB or 2GiB' : `write ${digits}${unit.toUpperCase()}iB`;
}

/** A whole number between `min` and `max`. */
export function count(description: string, { min, max }: Bounds) {
  return z.int().min(min).max(max).meta({ title: 'a whole number', description });
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** A name that goes into logs, metrics and headers. */
export function name(what: string, description: string): z.ZodString {
  return text({ title: what, description, pattern: namePattern.source }, (value) => {
    if (namePattern.test(value)) return undefined;
    const plain = value
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|-+$/g, '');
    const guess = namePattern.test(plain) ? `; did you mean ${quote(plain)}?` : '';
    return {
      code: 'invalid-name',
      message: `${quote(value)} is not ${what}: it takes 1 to 64 of a-z 0-9 . _ -, a letter or digit first${guess}`,
    };
  });
}

/** A line of text for people. */
export function words(title: string, description: string): z.ZodString {
  return text({ title, description }, (value) => {
    if (value.length <= 200 && !/[\u0000-\u001f\u007f]/.test(value)) return undefined;
    return { code: 'invalid-value', message: 'takes one line of at most 200 characters' };
  });
}
