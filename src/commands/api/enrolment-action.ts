import { z } from 'zod';
import { callAndShow, type Action } from './action.ts';
import { instantText } from './instant-text.ts';
import { organizationOption } from './organization-option.ts';
import { userPath } from './user-path.ts';

const enrolmentShape = z.looseObject({
  code: z.string(),
  user_id: z.string(),
  expires_at: z.string(),
  verifies_email: z.string().nullish(),
});

/** `wayleave user enrol` */
export const enrol: Action = {
  verb: 'enrol',
  aliases: ['enrolment', 'enroll'],
  summary: 'Make a code by which a person gets a first token; earlier codes of the person end',
  takes: ['USER'],
  options: {
    ...organizationOption,
    'verify-email': { help: 'The code goes to the e-mail address of the person: its use verifies the address' },
  },
  examples: ['wayleave user enrol ada --org acme', 'wayleave user enrol ada --org acme --verify-email > code.txt'],
  run: async (context) => {
    const path = await userPath(context);
    if (path.kind === 'failed') return path;
    const body = context.input.switches.has('verify-email') ? { verify_email: true } : {};
    const call = { method: 'POST', path: [...path.body, 'enrolment'], body } as const;
    return callAndShow(
      context.client,
      call,
      enrolmentShape,
      ({ code, expires_at: expiresAt, verifies_email: email }) => ({
        text: `${code}\n`,
        notes: [
          `the code counts once, until ${instantText(expiresAt, context.nowMs)}; it is shown this once`,
          typeof email === 'string'
            ? `send it to ${email} and to nobody else: its use says that the address is the person's`
            : 'whoever has it can become that person: hand it over where nobody else reads it',
          `used with: wayleave enrol --server ${context.client.server} --name NAME --scopes A,B`,
        ],
      }),
    );
  },
};
