import { importRoute } from '@/lib/import-route';

export const POST = importRoute('usage');
