import { openOnce, storeKinds } from '../db/stores.ts';
import { usageStoreContract } from './usage-store.contract.ts';

for (const kind of storeKinds) usageStoreContract(kind, openOnce(kind));
