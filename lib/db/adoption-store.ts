import type { AdoptionBenchmark, FeatureBenchmark } from '../domain/adoption-benchmark';
import type { UsageFacts } from '../domain/expansion';
import type { AdoptionStore } from '../ports/adoption';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { within } from './scope';
import { among, dbTime, fromDbTime, insertRows, selectRows } from './sql';

/** In the place of a segment: the whole portfolio. No segment is the empty text. */
const PORTFOLIO = '';
const BENCHMARK_COLUMNS = ['segment', 'as_of', 'accounts', 'rate_sum'];
const FEATURE_COLUMNS = ['segment', 'feature', 'label', 'accounts', 'with_seats', 'below', 'middle', 'above'];

export function createAdoptionStore(db: Database): AdoptionStore {
  return {
    async readUse(range, since, until) {
      const accounts = await selectRows<AccountRow>(
        db.rows,
        ACCOUNT_COLUMNS,
        Prisma.sql`FROM "accounts" a WHERE a."id" > ${range.after} AND a."id" <= ${range.through}
          AND a."status" IN ('active', 'onboarding') ORDER BY a."id"`,
      );
      // Account by account over the index of its newest rows: however long the history is, it is not read.
      const rows = await selectRows<{ accountId: string; feature: string; uses: number }>(
        db.rows,
        { accountId: 'u."account_id"', feature: 'u."feature"', uses: 'u."uses"' },
        Prisma.sql`FROM "accounts" a ${db.rows.dialect.leftFirst} "feature_usage" u ON u."account_id" = a."id"
          AND u."observed_at" > ${dbTime(since)} AND u."observed_at" <= ${dbTime(until)}
          WHERE a."id" > ${range.after} AND a."id" <= ${range.through}`,
      );
      const use = new Map<string, { feature: string; uses: number }[]>();
      for (const { accountId, feature, uses } of rows) {
        const list = use.get(accountId);
        if (list) list.push({ feature, uses });
        else use.set(accountId, [{ feature, uses }]);
      }
      return accounts.flatMap((row) => {
        const used = use.get(row.id);
        return used === undefined ? [] : [{ ...toFacts(row), use: used }];
      });
    },

    async saveBenchmarks(benchmarks) {
      await db.bulk(async (tx) => {
        // Its features go with it.
        await tx.$executeRaw`DELETE FROM "adoption_benchmarks"`;
        await insertRows(
          tx,
          'adoption_benchmarks',
          BENCHMARK_COLUMNS,
          benchmarks.map(({ segment, asOf, accounts, rateSum }) => [
            segment ?? PORTFOLIO,
            dbTime(asOf),
            accounts,
            rateSum,
          ]),
        );
        await insertRows(
          tx,
          'feature_benchmarks',
          FEATURE_COLUMNS,
          benchmarks.flatMap(({ segment, features }) =>
            [...features].map(([feature, { label, accounts, withSeats, below, middle, above }]) => [
              segment ?? PORTFOLIO,
              feature,
              label,
              accounts,
              withSeats,
              below,
              middle,
              above,
            ]),
          ),
        );
      });
    },

    async readAccounts(accountIds, since, scope) {
      const rows = await selectRows<AccountRow>(
        db.rows,
        ACCOUNT_COLUMNS,
        Prisma.sql`FROM "accounts" a WHERE a."id" ${among(db.rows, accountIds)} AND ${within(scope, 'a."id"')}`,
      );
      const usage = await selectRows<Omit<UsageFacts, 'observedAt'> & { accountId: string; observedAt: string }>(
        db.rows,
        {
          accountId: 'u."account_id"',
          feature: 'u."feature"',
          observedAt: 'u."observed_at"',
          uses: 'u."uses"',
          activeUsers: 'u."active_users"',
          limitHits: 'u."limit_hits"',
        },
        Prisma.sql`FROM "feature_usage" u WHERE u."account_id" ${among(
          db.rows,
          rows.map(({ id }) => id),
        )} AND u."observed_at" > ${dbTime(since)} ORDER BY u."observed_at", u."feature"`,
      );
      const use = new Map(rows.map(({ id }): [string, UsageFacts[]] => [id, []]));
      for (const { accountId, observedAt, ...used } of usage) {
        use.get(accountId)?.push({ ...used, observedAt: fromDbTime(observedAt) });
      }
      return rows.map((row) => ({
        ...toFacts(row),
        id: row.id,
        name: row.name,
        active: row.status === 'active' || row.status === 'onboarding',
        usage: use.get(row.id) ?? [],
      }));
    },

    async readBenchmarks(segment) {
      const keys = segment === null ? [PORTFOLIO] : [PORTFOLIO, segment];
      const [groups, features] = await Promise.all([
        selectRows<{ segment: string; asOf: string; accounts: number; rateSum: number }>(
          db.rows,
          { segment: 'b."segment"', asOf: 'b."as_of"', accounts: 'b."accounts"', rateSum: 'b."rate_sum"' },
          Prisma.sql`FROM "adoption_benchmarks" b WHERE b."segment" ${among(db.rows, keys)}`,
        ),
        selectRows<FeatureBenchmark & { segment: string; feature: string }>(
          db.rows,
          {
            segment: 'f."segment"',
            feature: 'f."feature"',
            label: 'f."label"',
            accounts: 'f."accounts"',
            withSeats: 'f."with_seats"',
            below: 'f."below"',
            middle: 'f."middle"',
            above: 'f."above"',
          },
          Prisma.sql`FROM "feature_benchmarks" f WHERE f."segment" ${among(db.rows, keys)} ORDER BY f."feature"`,
        ),
      ]);
      const find = (key: string): AdoptionBenchmark | null => {
        const group = groups.find((each) => each.segment === key);
        if (group === undefined) return null;
        return {
          segment: key === PORTFOLIO ? null : key,
          asOf: fromDbTime(group.asOf),
          accounts: group.accounts,
          rateSum: group.rateSum,
          features: new Map(
            features
              .filter((each) => each.segment === key)
              .map(({ segment: _, feature, ...benchmark }) => [feature, benchmark]),
          ),
        };
      };
      return { segment: segment === null ? null : find(segment), portfolio: find(PORTFOLIO) };
    },
  };
}

interface AccountRow {
  id: string;
  name: string;
  status: string;
  segment: string | null;
  seatsPurchased: number | null;
  modules: string;
  integrations: string;
}

const ACCOUNT_COLUMNS: Record<keyof AccountRow, string> = {
  id: 'a."id"',
  name: 'a."name"',
  status: 'a."status"',
  segment: 'a."segment"',
  seatsPurchased: 'a."seats_purchased"',
  modules: 'a."modules"',
  integrations: 'a."integrations"',
};

function toFacts(row: AccountRow) {
  return {
    segment: row.segment,
    seats: row.seatsPurchased,
    modules: JSON.parse(row.modules) as string[],
    integrations: JSON.parse(row.integrations) as string[],
  };
}
