import type { ChurnRiskLevel } from './churn-risk';
import { daysElapsed, formatCount, formatDate, parseUtcDay, utcDay } from './format';
import type { InvoicePaymentStatus, Rag } from './signals';

export const GATE_CODES = [
  'account_at_risk',
  'open_escalation',
  'invoice_overdue',
  'stale_signals',
  'new_account',
] as const;
export type GateCode = (typeof GATE_CODES)[number];

/** One gate as checked: every gate is listed, whether it holds or not, so that a person sees what was looked at. */
export interface GateCheck {
  code: GateCode;
  /** Whether the gate lets the dispatch through. */
  passed: boolean;
  /** What was found, in words a customer-success manager would use. */
  message: string;
}

/** What the gates look at; null where it is not known. */
export interface GateFacts {
  /** Null: never scored. */
  rag: Rag | null;
  churnRiskLevel: ChurnRiskLevel | null;
  escalationCount90Days: number | null;
  invoicePaymentStatus: InvoicePaymentStatus | null;
  /** When the current signals were observed. */
  observedAt: Date | null;
  /** `YYYY-MM-DD`. */
  contractStart: string | null;
}

export interface GatePolicy {
  /** Signals older than this many whole days hold. */
  signalFreshnessDays: number;
  /** A customer for fewer days than this holds. */
  newAccountDays: number;
}

export const DEFAULT_GATE_POLICY: GatePolicy = {
  signalFreshnessDays: 14,
  newAccountDays: 30,
};

/** All five gates in the order of {@link GATE_CODES}, each with what was found. */
export function checkGates(facts: GateFacts, policy: GatePolicy, now: Date): GateCheck[] {
  return [
    accountAtRisk(facts),
    openEscalation(facts),
    invoiceOverdue(facts),
    staleSignals(facts, policy, now),
    newAccount(facts, policy, now),
  ];
}

/** Those that do not let a dispatch through. */
export function holding(gates: readonly GateCheck[]): GateCheck[] {
  return gates.filter((gate) => !gate.passed);
}

/** An account that was never scored does not pass: nobody knows that it is healthy. */
function accountAtRisk({ rag, churnRiskLevel: churn }: GateFacts): GateCheck {
  const code = 'account_at_risk';
  if (rag === null || churn === null) {
    return {
      code,
      passed: false,
      message: 'Not scored yet, so nobody knows how healthy the account is',
    };
  }
  const churning = churn === 'high' || churn === 'critical';
  return {
    code,
    passed: rag !== 'RED' && !churning,
    message: `Health is ${rag.toLowerCase()} and churn risk ${churn}`,
  };
}

/** Unknown passes: the score needs the count, so an account without it is held by {@link accountAtRisk} already. */
function openEscalation({ escalationCount90Days: count }: GateFacts): GateCheck {
  const code = 'open_escalation';
  if (count === null) return { code, passed: true, message: 'No escalation is known' };
  if (count === 0) return { code, passed: true, message: 'No escalation in the last 90 days' };
  return {
    code,
    passed: false,
    message: `${formatCount(count, 'escalation')} in the last 90 days`,
  };
}

function invoiceOverdue({ invoicePaymentStatus: status }: GateFacts): GateCheck {
  const code = 'invoice_overdue';
  switch (status) {
    case null:
      return { code, passed: true, message: 'No overdue invoice is known' };
    case 'current':
      return { code, passed: true, message: 'Invoices are paid' };
    case 'overdue_30':
      return {
        code,
        passed: true,
        message: 'Invoice overdue by 30 days; 60 would hold',
      };
    case 'overdue_60':
      return { code, passed: false, message: 'Invoice overdue by 60 days' };
    case 'overdue_90_plus':
      return {
        code,
        passed: false,
        message: 'Invoice overdue by 90 days or more',
      };
  }
}

function staleSignals({ observedAt }: GateFacts, { signalFreshnessDays }: GatePolicy, now: Date): GateCheck {
  const code = 'stale_signals';
  if (observedAt === null)
    return {
      code,
      passed: false,
      message: 'No signals have been observed yet',
    };
  const days = daysElapsed(observedAt, now);
  if (days > signalFreshnessDays) {
    const allowed = formatCount(signalFreshnessDays, 'day');
    return {
      code,
      passed: false,
      message: `Signals are ${formatCount(days, 'day')} old, older than the ${allowed} allowed`,
    };
  }
  const age = days < 1 ? 'less than a day' : formatCount(days, 'day');
  return { code, passed: true, message: `Signals are ${age} old` };
}

function newAccount({ contractStart }: GateFacts, { newAccountDays }: GatePolicy, now: Date): GateCheck {
  const code = 'new_account';
  const start = contractStart === null ? null : parseUtcDay(contractStart);
  if (start === null) {
    return {
      code,
      passed: true,
      message: 'Contract start is not known; taken for an established customer',
    };
  }
  const days = utcDay(now) - start;
  const rule = `new accounts are left alone for ${formatCount(newAccountDays, 'day')}`;
  if (days < 0) {
    const day = formatDate(new Date(start * 86_400_000));
    return {
      code,
      passed: newAccountDays <= 0,
      message: `The contract starts on ${day}; ${rule}`,
    };
  }
  if (days < newAccountDays) {
    return {
      code,
      passed: false,
      message: `Customer for ${formatCount(days, 'day')}; ${rule}`,
    };
  }
  return {
    code,
    passed: true,
    message: `Customer for ${formatCount(days, 'day')}`,
  };
}
