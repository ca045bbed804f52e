import * as z from 'zod';
import { identityFields, identityPresetNames } from '../core/identity.ts';
import { longestAssertionMs, signingAlgorithms } from '../core/signing-key.ts';
import { foldHeaderName, framingHeaders, isReservedAnswerHeader, isReservedHeader } from '../core/reserved-headers.ts';
import { quote } from './config-problem.ts';
import type { FileNames } from './file-names.ts';
import { duration, faultIssue, text, type Fault } from './schema-values.ts';

const tokenPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const valuePattern = /^[\t\u0020-\u007e\u0080-\u00ff]{0,4096}$/;

const headerTitle = 'a header name';

/** RFC 9110, section 5.6.2. */
function tokenFault(value: string): Fault | undefined {
  if (tokenPattern.test(value)) return undefined;
  return { code: 'invalid-header', message: `${quote(value)} is not a header name; it takes letters, digits and -` };
}

const headerValue = text({ title: 'a header value' }, (value) =>
  valuePattern.test(value) && value.trim() === value
    ? undefined
    : { code: 'invalid-header', message: 'a header value is one line, without spaces around it' },
);

/** What the gateway's own forwarding writes, in either direction. */
const forwardingHeaders = new Set(['via', 'x-request-id']);

function reserved(value: string, why: string): Fault {
  return { code: 'reserved-header', message: `${quote(value)} is reserved: ${why}` };
}

function requestFault(value: string, { identityHeaders }: FileNames): Fault | undefined {
  const folded = foldHeaderName(value);
  if (framingHeaders.has(folded)) return reserved(value, 'the gateway frames and addresses requests itself');
  if (forwardingHeaders.has(folded) || isReservedHeader(folded, identityHeaders)) {
    return reserved(value, 'only the gateway itself may tell an upstream this');
  }
  return undefined;
}

function answerFault(value: string): Fault | undefined {
  const folded = foldHeaderName(value);
  if (framingHeaders.has(folded)) return reserved(value, 'the gateway frames answers itself');
  if (forwardingHeaders.has(folded) || isReservedAnswerHeader(folded)) {
    return reserved(value, 'clients read it as the word of the gateway');
  }
  return undefined;
}

function changes(description: string, faultOf: (value: string) => Fault | undefined) {
  const header = text(
    { title: headerTitle, pattern: tokenPattern.source },
    (value) => tokenFault(value) ?? faultOf(value),
  );
  return z
    .strictObject({
      set: z
        .record(header, headerValue)
        .optional()
        .meta({ description: 'Headers to send with this value, whatever came.' }),
      remove: z.array(header).optional().meta({ description: 'Headers to drop.' }),
    })
    .check(({ value, issues }) => {
      const seen = new Set<string>();
      const names = [
        ...Object.keys(value.set ?? {}).map((key) => ({ key, path: ['set', key] })),
        ...(value.remove ?? []).map((key, index) => ({ key, path: ['remove', index] })),
      ];
      for (const { key, path } of names) {
        const message = `${quote(key)} is set or removed here already, perhaps in another case`;
        if (seen.has(key.toLowerCase())) issues.push(faultIssue(value, { code: 'duplicate-value', message }, path));
        seen.add(key.toLowerCase());
      }
    })
    .meta({ description });
}

/** `headers:` of a route. */
export function headerChanges(names: FileNames) {
  return z
    .strictObject({
      request: changes('Changes to what the upstream receives.', (value) => requestFault(value, names)).optional(),
      response: changes('Changes to what the client receives.', answerFault).optional(),
    })
    .meta({ description: 'Headers to set and remove. Names that are reserved for the gateway are refused.' });
}

/** What requests are made of: an identity in such a header would break or replace the client's own field. */
const clientHeaders =
  /^(?:accept|access-control|content|cookie|date|from|if|origin|pragma|cache-control|range|referer|sec|user-agent)(?:-|$)/;

/** Names of the forwarding headers: reserved as well, but not for identities. */
const routingHeaders =
  /^(?:forwarded|proxy|traceparent|tracestate|x-forwarded-(?:for|host|port|proto|server)|x-real-ip)$/;

function identityHeaderFault(value: string): Fault | undefined {
  const token = tokenFault(value);
  if (token !== undefined) return token;
  if (/[_.]/.test(value)) {
    const message = `${quote(value)} has a "_" or "."; servers drop such names or read them as "-"`;
    return { code: 'invalid-header', message, fix: `write ${quote(value.replace(/[_.]/g, '-'))}` };
  }
  const folded = foldHeaderName(value);
  if (
    !framingHeaders.has(folded) &&
    !forwardingHeaders.has(folded) &&
    !routingHeaders.test(folded) &&
    !clientHeaders.test(folded)
  ) {
    return undefined;
  }
  return {
    ...reserved(value, 'it means something else in every request'),
    fix: 'take a name of your own, such as X-User',
  };
}

const assertion = z
  .strictObject({
    enabled: z
      .boolean()
      .prefault(true)
      .meta({ description: 'Send X-Auth-Assertion: a signed token (JWT) that upstreams can check.' }),
    lifetime: duration('How long an assertion is valid.', {
      min: 5000,
      max: longestAssertionMs,
      because: 'a revocation does not reach an assertion that has been sent',
    }).prefault('60s'),
    algorithm: z.enum(signingAlgorithms).prefault('ES256').meta({
      title: 'an algorithm',
      description: 'How signing keys sign that are made from now on; `wayleave key rotate` makes one.',
    }),
  })
  .meta({ description: 'The signed proof of identity that goes upstream beside the headers.' });

/** `identity:`, which headers tell the upstream who a request counts as. */
export const identity = z
  .strictObject({
    preset: z.enum(identityPresetNames).prefault('wayleave').meta({
      title: 'a preset',
      description: 'The family of headers that the upstreams read; `custom`: those under `headers`.',
    }),
    headers: z
      .record(
        text({ title: headerTitle, pattern: "^[A-Za-z0-9!#$%&'*+^`|~-]+$" }, identityHeaderFault),
        z.enum(identityFields).meta({ title: 'an identity field' }),
      )
      .optional()
      .meta({ description: 'With preset `custom`: header names, each with the field that it carries.' }),
    assertion: assertion.prefault({}),
  })
  .check(({ value, issues }) => {
    const headers = Object.keys(value.headers ?? {});
    const custom = value.preset === 'custom';
    if (custom && headers.length === 0) {
      const message = 'the preset "custom" needs headers, such as { X-User: username }';
      issues.push(faultIssue(value, { code: 'missing-key', message }, ['preset']));
    }
    if (!custom && value.headers !== undefined) {
      const message = `headers go with preset "custom"; the preset here is ${quote(value.preset)}`;
      issues.push(faultIssue(value, { code: 'conflicting-keys', message }, ['headers']));
    }
    const folded = headers.map((header) => header.toLowerCase());
    for (const [index, header] of headers.entries()) {
      if (folded.indexOf(folded[index] ?? '') === index) continue;
      const message = `${quote(header)} stands here already in another case`;
      issues.push(faultIssue(value, { code: 'duplicate-value', message }, ['headers', header]));
    }
  })
  .meta({ description: 'Which headers tell the upstreams who a request counts as.' });
