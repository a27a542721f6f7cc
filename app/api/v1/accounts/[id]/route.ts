import { json, withRoute } from '@/lib/http';

export const GET = withRoute({}, async ({ runtime, params }) => json(await runtime.reads.getAccount(params.id ?? '')));
