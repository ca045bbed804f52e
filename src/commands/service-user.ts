import { nounCommand } from './api/noun.ts';
import { userActions } from './api/user-actions.ts';

/** `wayleave service-user` */
export const serviceUserCommand = nounCommand({
  name: 'service-user',
  summary: 'Add, list, change, disable, enable and delete service users, which machines act as',
  actions: userActions({
    noun: 'service-user',
    kind: 'service',
    called: 'service user',
    plural: 'service users',
    exampleName: 'ci-bot',
    details: {
      owner: { value: 'USER_ID', help: 'Who answers for it: the id of a person of the organisation' },
      purpose: { value: 'TEXT', help: 'What it is for' },
    },
    fixed: { 'access-token-type': { value: 'TYPE', help: 'What it presents: bearer (unless told) or jwt' } },
  }),
});
