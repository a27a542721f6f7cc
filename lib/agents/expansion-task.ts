import * as z from 'zod';
import { AppError } from '../errors';
import type { ExpansionTask } from '../ports';

const line = z.string().trim().min(1).max(2_000);

/** As much as an import takes: far more than anybody pays, and sums of it still fit. */
const MAX_CENTS = 1e14;

/** An amount as integer cents with its currency, or in whole units of US dollars, as a person would type it. */
const impact = z.union([
  z.strictObject({ amountCents: z.int().min(0).max(MAX_CENTS), currency: z.string().regex(/^[A-Z]{3}$/) }),
  z
    .number()
    .min(0)
    .max(MAX_CENTS / 100)
    .transform((amount) => ({ amountCents: Math.round(amount * 100), currency: 'USD' })),
]);

const expansionTask = z.strictObject({
  accountId: z.string().min(1).max(200),
  opportunityType: z.enum(['seats', 'module', 'integration']),
  evidence: z.union([line.transform((only) => [only]), z.array(line).min(1).max(500)]),
  estimatedArrImpact: impact.nullish().transform((value) => value ?? null),
  recommendedTalkTrack: z.string().trim().min(1).max(100_000),
  confidence: z.enum(['low', 'medium', 'high']),
});

/** @throws AppError `invalid_input` naming each field that does not fit. */
export function parseExpansionTask(payload: unknown): Omit<ExpansionTask, 'type'> {
  return parsePayload(expansionTask, payload);
}

export function parsePayload<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new AppError('invalid_input', 'The task does not fit its type.', {
    issues,
    remedy: 'Correct the fields named in errors.',
  });
}
