import type { GateFacts } from '../domain/gates';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { fromDbTime, selectRows } from './sql';

export interface GateFactsRow {
  rag: string | null;
  churnRisk: string | null;
  escalationCount90Days: number | null;
  invoicePaymentStatus: string | null;
  observedAt: string | null;
  contractStart: string | null;
}

/** What the gates look at, of account `a`, its health `h` and its current snapshot `s`. */
export const GATE_FACTS_COLUMNS: Record<keyof GateFactsRow, string> = {
  rag: 'h."rag"',
  churnRisk: 'h."churn_risk"',
  escalationCount90Days: 's."escalation_count_90_days"',
  invoicePaymentStatus: 's."invoice_payment_status"',
  observedAt: 's."observed_at"',
  contractStart: 'a."contract_start"',
};

export function toGateFacts(row: GateFactsRow): GateFacts {
  return {
    rag: row.rag as GateFacts['rag'],
    churnRiskLevel: row.churnRisk as GateFacts['churnRiskLevel'],
    escalationCount90Days: row.escalationCount90Days,
    invoicePaymentStatus: row.invoicePaymentStatus as GateFacts['invoicePaymentStatus'],
    observedAt: row.observedAt === null ? null : fromDbTime(row.observedAt),
    contractStart: row.contractStart,
  };
}

/** Facts of an account that is not there are all unknown. */
export async function readGateFacts(db: Database, accountId: string): Promise<GateFacts> {
  const [row] = await selectRows<GateFactsRow>(
    db.rows,
    GATE_FACTS_COLUMNS,
    Prisma.sql`FROM "accounts" a LEFT JOIN "account_health" h ON h."account_id" = a."id"
      LEFT JOIN "signal_snapshots" s ON s."id" = a."current_snapshot_id" WHERE a."id" = ${accountId}`,
  );
  return row
    ? toGateFacts(row)
    : {
        rag: null,
        churnRiskLevel: null,
        escalationCount90Days: null,
        invoicePaymentStatus: null,
        observedAt: null,
        contractStart: null,
      };
}
