const words = {
  active: 'Active',
  disabled: 'Disabled',
  expired: 'Expired',
  revoked: 'Revoked',
  suspended: 'Suspended',
  following: 'Up to date',
  silent: 'Silent',
  gone: 'Gone',
  published: 'Published',
  signing: 'Signing',
  retired: 'Retired',
  pending: 'Waiting',
  delivered: 'Delivered',
  dead: 'Given up',
} as const;

/** A state in words and colour. */
export function StateLabel({ state }: { readonly state: keyof typeof words }) {
  return <span class={`state state-${state}`}>{words[state]}</span>;
}
