import { notionTarget, notionTargetRequest } from '@/lib/contracts/notion';
import { AppError } from '@/lib/errors';
import { json, withRoute } from '@/lib/http';

/** Chooses, or makes, the database for health records (`health`), opportunities (`expansion`) or QBRs (`review`). */
export const PUT = withRoute(
  'PUT /api/v1/notion/targets/[id]',
  { body: notionTargetRequest },
  async ({ runtime, params, body, note }) => {
    const target = notionTarget.safeParse(params.id);
    if (!target.success) throw new AppError('not_found', `There is no target "${params.id}".`);
    note({ target: target.data, ...body });
    return json(await runtime.notion.desk.chooseTarget(target.data, body));
  },
);
