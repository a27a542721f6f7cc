import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGates, DEFAULT_GATE_POLICY, GATE_CODES, type GateCode, type GateFacts } from '../../../lib/domain/gates';
import { INVOICE_STATUSES, RAGS } from '../../../lib/domain/signals';

const NOW = new Date('2026-11-22T07:00:00Z');
const HEALTHY: GateFacts = {
  rag: 'GREEN',
  churnRiskLevel: 'low',
  escalationCount90Days: 0,
  invoicePaymentStatus: 'current',
  observedAt: new Date('2026-11-20T06:00:00Z'),
  contractStart: '2025-01-01',
};

describe('checkGates', () => {
  it('lists all five, in order, where none holds', () => {
    expect(checkGates(HEALTHY, DEFAULT_GATE_POLICY, NOW)).toEqual([
      { code: 'account_at_risk', passed: true, message: 'Health is green and churn risk low' },
      { code: 'open_escalation', passed: true, message: 'No escalation in the last 90 days' },
      { code: 'invoice_overdue', passed: true, message: 'Invoices are paid' },
      { code: 'stale_signals', passed: true, message: 'Signals are 2 days old' },
      { code: 'new_account', passed: true, message: 'Customer for 690 days' },
    ]);
  });

  it.each([
    ['account_at_risk', { rag: 'AMBER', churnRiskLevel: 'medium' }, true, 'Health is amber and churn risk medium'],
    ['account_at_risk', { rag: 'RED', churnRiskLevel: 'medium' }, false, 'Health is red and churn risk medium'],
    ['account_at_risk', { rag: 'AMBER', churnRiskLevel: 'high' }, false, 'Health is amber and churn risk high'],
    ['account_at_risk', { rag: 'RED', churnRiskLevel: 'critical' }, false, 'Health is red and churn risk critical'],
    ['account_at_risk', { rag: null }, false, 'Not scored yet, so nobody knows how healthy the account is'],
    ['account_at_risk', { churnRiskLevel: null }, false, 'Not scored yet, so nobody knows how healthy the account is'],
    ['open_escalation', { escalationCount90Days: 1 }, false, '1 escalation in the last 90 days'],
    ['open_escalation', { escalationCount90Days: 3 }, false, '3 escalations in the last 90 days'],
    ['open_escalation', { escalationCount90Days: null }, true, 'No escalation is known'],
    ['invoice_overdue', { invoicePaymentStatus: 'overdue_30' }, true, 'Invoice overdue by 30 days; 60 would hold'],
    ['invoice_overdue', { invoicePaymentStatus: 'overdue_60' }, false, 'Invoice overdue by 60 days'],
    ['invoice_overdue', { invoicePaymentStatus: 'overdue_90_plus' }, false, 'Invoice overdue by 90 days or more'],
    ['invoice_overdue', { invoicePaymentStatus: null }, true, 'No overdue invoice is known'],
    ['stale_signals', { observedAt: NOW }, true, 'Signals are less than a day old'],
    ['stale_signals', { observedAt: new Date('2026-11-08T06:00:00Z') }, true, 'Signals are 14 days old'],
    [
      'stale_signals',
      { observedAt: new Date('2026-10-30T06:00:00Z') },
      false,
      'Signals are 23 days old, older than the 14 days allowed',
    ],
    ['stale_signals', { observedAt: null }, false, 'No signals have been observed yet'],
    [
      'new_account',
      { contractStart: '2026-11-10' },
      false,
      'Customer for 12 days; new accounts are left alone for 30 days',
    ],
    [
      'new_account',
      { contractStart: '2026-10-24' },
      false,
      'Customer for 29 days; new accounts are left alone for 30 days',
    ],
    ['new_account', { contractStart: '2026-10-23' }, true, 'Customer for 30 days'],
    [
      'new_account',
      { contractStart: '2026-12-01' },
      false,
      'The contract starts on 1 Dec 2026; new accounts are left alone for 30 days',
    ],
    ['new_account', { contractStart: null }, true, 'Contract start is not known; taken for an established customer'],
    ['new_account', { contractStart: 'soon' }, true, 'Contract start is not known; taken for an established customer'],
  ] as [GateCode, Partial<GateFacts>, boolean, string][])(
    '%s with %j: passed %s, «%s»',
    (code, change, passed, message) => {
      const checks = checkGates({ ...HEALTHY, ...change }, DEFAULT_GATE_POLICY, NOW);
      expect(checks.find((check) => check.code === code)).toEqual({ code, passed, message });
      expect(checks.filter((check) => check.code !== code).every((check) => check.passed)).toBe(true);
    },
  );

  it('takes its limits from the policy', () => {
    const facts = { ...HEALTHY, contractStart: '2026-11-10' };
    const held = checkGates(facts, { signalFreshnessDays: 1, newAccountDays: 7 }, NOW).filter((check) => !check.passed);
    expect(held).toEqual([
      { code: 'stale_signals', passed: false, message: 'Signals are 2 days old, older than the 1 day allowed' },
    ]);
  });

  it('always answers with the same five codes and words', () => {
    const facts: fc.Arbitrary<GateFacts> = fc.record({
      rag: fc.constantFrom(...RAGS, null),
      churnRiskLevel: fc.constantFrom('low', 'medium', 'high', 'critical', null),
      escalationCount90Days: fc.option(fc.nat(), { nil: null }),
      invoicePaymentStatus: fc.constantFrom(...INVOICE_STATUSES, null),
      observedAt: fc.option(fc.date({ noInvalidDate: true }), { nil: null }),
      contractStart: fc.option(fc.string(), { nil: null }),
    });
    fc.assert(
      fc.property(facts, (any) => {
        const checks = checkGates(any, DEFAULT_GATE_POLICY, NOW);
        expect(checks.map((check) => check.code)).toEqual([...GATE_CODES]);
        expect(checks.every((check) => check.message.length > 0)).toBe(true);
      }),
    );
  });
});
