import { stringify } from 'csv-stringify/sync';
import type { ImportKind, ImportResult } from '../../lib/contracts';
import type { Database } from '../../lib/db/client';
import { createImportStore } from '../../lib/db/import-store';
import { type ImportOutcome, importFile } from '../../lib/importer';
import type { Runtime } from '../../lib/runtime';
import { NOW } from './clock';
import { eventually } from './eventually';

/** One row of a file, by column; what is left out is empty. */
export type Row = Record<string, string>;

/** A healthy, established account without any room to grow, observed on the morning of NOW. */
export function accountRow(id: string, more: Row = {}): Row {
  return {
    account_id: id,
    name: `Company ${id}`,
    domain: `${id}.example`,
    status: 'active',
    arr: '24000',
    currency: 'USD',
    plan: 'growth',
    seats_purchased: '100',
    seats_active: '60',
    csm_email: 'dana@headroom.example',
    rep_email: 'tom@headroom.example',
    contract_start: '2025-01-15',
    renewal_date: '2027-09-15',
    last_interaction_at: '2026-11-18T10:00:00Z',
    login_frequency_days: '2',
    usage_trend: 'stable',
    feature_adoption_rate: '0.8',
    stakeholder_engagement: 'high',
    nps_score: '9',
    invoice_payment_status: 'current',
    open_ticket_count: '0',
    avg_ticket_sentiment: 'positive',
    escalation_count_90_days: '0',
    observed_at: '2026-11-22T06:00:00Z',
    ...more,
  };
}

/** An account whose seats run short: one `seats` opportunity of $7,200. */
export function outgrowingRow(id: string, more: Row = {}): Row {
  return accountRow(id, { seats_active: '97', usage_trend: 'growing', ...more });
}

/** Turns an account RED, so that gates hold its opportunities. */
export const AT_RISK: Row = {
  feature_adoption_rate: '0.05',
  usage_trend: 'stable',
  login_frequency_days: '90',
  last_interaction_at: '2026-05-01T00:00:00Z',
  invoice_payment_status: 'overdue_90_plus',
  avg_ticket_sentiment: 'critical',
  open_ticket_count: '9',
  stakeholder_engagement: 'low',
  nps_score: '1',
  escalation_count_90_days: '3',
  collections_risk: 'CRITICAL',
};

export const FORECASTING: Row = {
  item_id: 'forecasting',
  type: 'module',
  name: 'Forecasting',
  price: '14000',
  currency: 'USD',
  signal_features: 'Exports',
};

export const SLACK: Row = {
  item_id: 'slack',
  type: 'integration',
  name: 'Slack',
  price: '3000',
  currency: 'USD',
  tech_names: 'Slack',
};

export function csv(rows: readonly Row[]): string {
  return stringify([...rows], { header: true, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))] });
}

export async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** Imports straight into a database: nothing is scanned. */
export async function importRows(
  db: Database,
  rows: readonly Row[],
  { kind = 'accounts', now = NOW }: { kind?: ImportKind; now?: Date } = {},
): Promise<ImportOutcome> {
  const outcome = await importFile({
    kind,
    format: 'csv',
    body: bytes(csv(rows)),
    store: createImportStore(db, () => now),
    now,
    rejectedDirectory: '/nonexistent/rejected',
  });
  return outcome;
}

/** Imports at the desk, as a person does, and waits for the scan that follows. */
export async function importAtDesk(
  runtime: Runtime,
  rows: readonly Row[],
  kind: ImportKind = 'accounts',
): Promise<ImportResult> {
  const result = await runtime.desk.importFile({ kind, format: 'csv', body: bytes(csv(rows)) });
  if (result.runId !== null) await runEnded(runtime, result.runId);
  return result;
}

export function runEnded(runtime: Runtime, runId: string) {
  return eventually(async () => {
    const run = await runtime.reads.getRun(runId);
    return run.finishedAt === null ? null : run;
  }, `the end of run ${runId}`);
}
