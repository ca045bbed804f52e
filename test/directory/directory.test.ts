import { openOnce, storeKinds } from '../db/stores.ts';
import { directoryContract } from './directory.contract.ts';
import { platformAdminsContract } from './platform-admins.contract.ts';

for (const kind of storeKinds) {
  const open = openOnce(kind);
  directoryContract(kind, open);
  platformAdminsContract(kind, open);
}
