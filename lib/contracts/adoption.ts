/** What `GET /api/v1/accounts/{id}/adoption` answers. */
import * as z from 'zod/mini';

const share = z.number().check(z.minimum(0), z.maximum(1));
const standing = z.enum(['in_use', 'under_used', 'unused', 'not_owned']);

const assessedFeature = z.object({
  feature: z.string(),
  uses: z.number(),
  activeUsers: z.nullable(z.int()),
  used: z.boolean(),
  peerShare: z.nullable(share),
  peers: z.nullable(z.int()),
  peerMedianUses: z.nullable(z.number()),
  usesPerSeat: z.nullable(z.number()),
  lastUsedAt: z.nullable(z.string()),
  standing,
  item: z.nullable(
    z.object({ id: z.string(), name: z.string(), type: z.enum(['module', 'integration']), owned: z.boolean() }),
  ),
  gap: z.nullable(share),
});

const adoptionRow = z.object({
  feature: z.string(),
  standing,
  scale: z.enum(['peers', 'own']),
  peerWeeklyUses: z.nullable(z.number()),
  cells: z.array(
    z.nullable(
      z.object({
        uses: z.number(),
        activeUsers: z.nullable(z.int()),
        limitHits: z.number(),
        level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
      }),
    ),
  ),
});

export const accountAdoption = z.object({
  from: z.string(),
  to: z.string(),
  windowDays: z.int(),
  reported: z.boolean(),
  featuresUsed: z.int(),
  featuresKnown: z.int(),
  adoptionRate: z.nullable(share),
  benchmark: z.nullable(z.object({ segment: z.nullable(z.string()), accounts: z.int(), adoptionRate: share })),
  benchmarkAsOf: z.nullable(z.string()),
  features: z.array(assessedFeature),
  recommendations: z.array(
    z.object({
      rank: z.int(),
      feature: z.string(),
      text: z.string(),
      evidence: z.array(z.object({ label: z.string(), value: z.string(), observedAt: z.nullable(z.string()) })),
    }),
  ),
  seats: z.nullable(z.int()),
  map: z.object({ weeks: z.array(z.string()), rows: z.array(adoptionRow) }),
});

export type AccountAdoption = z.infer<typeof accountAdoption>;
export type AdoptionCell = NonNullable<AccountAdoption['map']['rows'][number]['cells'][number]>;
