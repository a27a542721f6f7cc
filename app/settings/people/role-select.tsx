'use client';

import { Select } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import type { Role, UserItem } from '@/lib/contracts';
import { succeeded } from '../failure';
import { isRole, ROLE_OPTIONS, ROLE_WORDS } from '../roles';
import { useChangeUser } from './queries';

/** Changes the role of another person at once; one's own is another admin's to change. */
export function RoleSelect({ user, own }: { user: UserItem; own: boolean }) {
  const change = useChangeUser();
  if (own) return <span title="Another admin can change it">{ROLE_WORDS[user.role].name}</span>;

  const apply = async (role: Role, undo: Role | null) => {
    const changed = change.mutateAsync({ id: user.id, patch: { role } });
    if (!(await succeeded(changed, `The role of ${user.name} was not changed`))) return;
    notify.success(`${user.name} is ${ROLE_WORDS[role].name} now`, {
      description: ROLE_WORDS[role].may,
      ...(undo === null ? {} : { action: { label: 'Undo', onClick: () => void apply(undo, null) } }),
    });
  };

  return (
    <Select
      aria-label={`Role of ${user.name}`}
      value={user.role}
      onChange={(event) => {
        const role = event.target.value;
        if (isRole(role) && role !== user.role) void apply(role, user.role);
      }}
    >
      {ROLE_OPTIONS.map(({ value, name, may }) => (
        <option key={value} value={value} title={may}>
          {name}
        </option>
      ))}
    </Select>
  );
}
