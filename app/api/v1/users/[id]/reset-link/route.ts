import { json, withRoute } from '@/lib/http';

/** A link to a new password, to be handed over by a person. */
export const POST = withRoute('POST /api/v1/users/[id]/reset-link', {}, async ({ runtime, params, actor }) =>
  json(await runtime.access.people.makeResetLink(params.id ?? '', actor), 201),
);
