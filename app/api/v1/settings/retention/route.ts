import { retentionRequest } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/settings/retention', {}, async ({ runtime }) =>
  json(await runtime.retention.read()),
);

export const PUT = withRoute(
  'PUT /api/v1/settings/retention',
  { body: retentionRequest },
  async ({ runtime, body, note }) => {
    const before = await runtime.retention.read();
    const after = await runtime.retention.write(body);
    note({ before, after });
    return json(after);
  },
);
