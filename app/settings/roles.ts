import type { Role } from '@/lib/contracts';

/** In the order of what they may do, most first. */
export const ROLE_WORDS: Record<Role, { name: string; may: string }> = {
  admin: { name: 'Admin', may: 'Everything, and settings, users and keys.' },
  csm: { name: 'CSM', may: 'Everything on accounts and dispatches.' },
  rep: { name: 'Rep', may: 'The opportunities of their own accounts.' },
  viewer: { name: 'Viewer', may: 'Reads all, changes nothing.' },
};

/** For the options of a select. */
export const ROLE_OPTIONS: readonly { value: Role; name: string; may: string }[] = (
  ['admin', 'csm', 'rep', 'viewer'] as const
).map((value) => ({ value, ...ROLE_WORDS[value] }));

export function isRole(value: string): value is Role {
  return value in ROLE_WORDS;
}
