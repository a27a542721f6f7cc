import { previewRequest } from '@/lib/contracts';
import { assessHealth } from '@/lib/domain/health-score';
import { parseSignals } from '@/lib/domain/signals';
import { json, withRoute } from '@/lib/http';

/** Ten thousand accounts with every signal fit well within this. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Scores what it is given and stores nothing; a bad account has its error in its place. */
export const POST = withRoute(
  'POST /api/v1/health-score/preview',
  { body: previewRequest, maxBytes: MAX_BYTES },
  async ({ runtime, body }) => {
    const results = body.accounts.map(({ accountId = null, signals }) => {
      const parsed = parseSignals(signals);
      if (!parsed.ok) return { accountId, error: parsed.problems.map((problem) => problem.message).join(' ') };
      const { factors: _, ...assessment } = assessHealth(parsed.signals, runtime.config.scoring);
      return { accountId, ...assessment };
    });
    return json({ results });
  },
);
