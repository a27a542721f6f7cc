import { invitationRequest } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/invitations', {}, async ({ runtime }) =>
  json({ items: await runtime.access.people.invitations() }),
);

/** A link that makes a user of whoever has it; the desk sends no mail, so a person hands it over. */
export const POST = withRoute(
  'POST /api/v1/invitations',
  { body: invitationRequest },
  async ({ runtime, body, actor, note }) => {
    const made = await runtime.access.people.invite(body.email, body.role, actor);
    note({ role: body.role }, { type: 'invitation', id: made.id });
    return json(made, 201);
  },
);
