import { openOnce, storeKinds } from '../db/stores.ts';
import { tokenListContract } from './token-list.contract.ts';
import { tokenListingContract } from './token-listing.contract.ts';
import { tokenRotationContract } from './token-rotation.contract.ts';
import { tokenSortsContract } from './token-sorts.contract.ts';
import { tokenStoreContract } from './token-store.contract.ts';

for (const kind of storeKinds) {
  const open = openOnce(kind);
  tokenStoreContract(kind, open);
  tokenListContract(kind, open);
  tokenListingContract(kind, open);
  tokenRotationContract(kind, open);
  tokenSortsContract(kind, open);
}
