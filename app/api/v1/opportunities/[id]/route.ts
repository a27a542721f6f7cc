import { opportunityPatch } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute({}, async ({ runtime, params }) =>
  json(await runtime.reads.getOpportunity(params.id ?? '')),
);

export const PATCH = withRoute({ body: opportunityPatch }, async ({ runtime, params, body, actor }) =>
  json(await runtime.desk.actOnOpportunity(params.id ?? '', body, actor)),
);
