/** Cases whose code is another one by the contract, which holds where it and the corpus disagree. */
export const otherCodes: Readonly<Record<string, { readonly ours: string; readonly reason: string }>> = {
  'hst-010': {
    ours: 'path_ambiguous',
    reason: 'section 3: paths with // are refused with path_ambiguous before anything else',
  },
  'idh-025': { ours: 'invalid_request', reason: 'section 4: two credentials in one request are invalid_request' },
  'crd-014': { ours: 'token_revoked', reason: 'section 6: the holder of a real token is told what became of it' },
  'crd-015': { ours: 'token_expired', reason: 'section 6: the holder of a real token is told what became of it' },
  'crd-016': { ours: 'user_disabled', reason: 'section 6: the holder of a real token is told what became of it' },
  'ws-002': { ours: 'token_revoked', reason: 'section 6: the holder of a real token is told what became of it' },
};
