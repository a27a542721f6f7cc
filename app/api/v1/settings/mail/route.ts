import { mailSettings } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/settings/mail', {}, async ({ runtime }) =>
  json(await runtime.mailboxes.readSettings()),
);

export const PUT = withRoute('PUT /api/v1/settings/mail', { body: mailSettings }, async ({ runtime, body, note }) => {
  const before = await runtime.mailboxes.readSettings();
  await runtime.mailboxes.writeSettings(body);
  note({ before, after: body });
  return json(body);
});
