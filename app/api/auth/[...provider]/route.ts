import { providerRoute } from '@/lib/provider-route';

export const GET = providerRoute('GET /api/auth/[...provider]');
export const POST = providerRoute('POST /api/auth/[...provider]');
