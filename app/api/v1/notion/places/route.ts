import { notionPlaceQuery } from '@/lib/contracts/notion';
import { json, withRoute } from '@/lib/http';

/** Databases or pages that the integration sees. */
export const GET = withRoute('GET /api/v1/notion/places', { query: notionPlaceQuery }, async ({ runtime, query }) =>
  json(await runtime.notion.desk.places(query.kind, query.text ?? '')),
);
