import { nounCommand } from './api/noun.ts';
import { userActions } from './api/user-actions.ts';

/** `wayleave user` */
export const userCommand = nounCommand({
  name: 'user',
  summary: 'Add, list, change, disable, enable, enrol and delete people',
  actions: userActions({
    noun: 'user',
    kind: 'human',
    called: 'person',
    plural: 'people',
    exampleName: 'ada',
    details: { email: { value: 'ADDRESS', help: 'Their e-mail address' } },
    fixed: {},
  }),
});
