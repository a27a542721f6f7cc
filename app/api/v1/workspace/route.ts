import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/workspace', {}, async ({ reads }) => json(await reads.workspace()));
