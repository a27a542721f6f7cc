import { userPatch } from '@/lib/contracts';
import { done, withRoute } from '@/lib/http';

export const PATCH = withRoute(
  'PATCH /api/v1/users/[id]',
  { body: userPatch },
  async ({ runtime, params, body, note }) => {
    await runtime.access.people.change(params.id ?? '', body);
    const { role, disabled, name } = body;
    note({ ...(role && { role }), ...(disabled !== undefined && { disabled }), ...(name && { renamed: true }) });
    return done();
  },
);

/** Deletes what the desk knows of a person; what they did stays, under an id that names nobody. */
export const DELETE = withRoute('DELETE /api/v1/users/[id]', {}, async ({ runtime, params }) => {
  const id = params.id ?? '';
  const email = (await runtime.access.people.list()).find((user) => user.id === id)?.email;
  await runtime.access.people.remove(id);
  if (email !== undefined) await runtime.mailboxes.forgetOwner(email);
  return done();
});
