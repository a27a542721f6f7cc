import { json, withRoute } from '@/lib/http';

export const GET = withRoute({}, async ({ runtime }) => json(await runtime.reads.summarizeAccounts()));
