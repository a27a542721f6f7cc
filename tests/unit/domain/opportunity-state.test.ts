import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPPORTUNITY_STATUSES, type OpportunityStatus } from '../../../lib/domain/expansion';
import {
  applyAction,
  nextOnFound,
  nextOnNotFound,
  type OpportunityAction,
} from '../../../lib/domain/opportunity-state';

const NOW = new Date('2026-11-22T07:00:00Z');
const LATER = new Date(NOW.getTime() + 1);
const DISPATCHED: OpportunityStatus[] = ['queued', 'drafted', 'accepted', 'won', 'lost'];
const ACTIONS: OpportunityAction[] = ['snooze', 'dismiss', 'reopen', 'accept', 'won', 'lost'];

describe('nextOnFound', () => {
  it('opens or holds what is new', () => {
    expect(nextOnFound(null, false, NOW)).toBe('open');
    expect(nextOnFound(null, true, NOW)).toBe('held');
  });

  it.each(['open', 'held', 'withdrawn'] as const)('recomputes what is %s', (status) => {
    expect(nextOnFound({ status, snoozedUntil: null }, false, NOW)).toBe('open');
    expect(nextOnFound({ status, snoozedUntil: null }, true, NOW)).toBe('held');
  });

  it.each([
    [LATER, false, 'snoozed'],
    [LATER, true, 'snoozed'],
    [NOW, false, 'open'],
    [NOW, true, 'held'],
    [new Date(0), false, 'open'],
    [null, false, 'open'],
  ] as const)('keeps what is snoozed until its time (case %#)', (snoozedUntil, held, expected) => {
    expect(nextOnFound({ status: 'snoozed', snoozedUntil }, held, NOW)).toBe(expected);
  });

  it.each([...DISPATCHED, 'dismissed'] as const)('leaves alone what is %s', (status) => {
    expect(nextOnFound({ status, snoozedUntil: null }, false, NOW)).toBe(status);
    expect(nextOnFound({ status, snoozedUntil: LATER }, true, NOW)).toBe(status);
  });
});

describe('nextOnNotFound', () => {
  it.each(OPPORTUNITY_STATUSES)('answers for %s', (status) => {
    const withdrawn = ['open', 'held', 'snoozed', 'withdrawn'].includes(status);
    expect(nextOnNotFound(status)).toBe(withdrawn ? 'withdrawn' : status);
  });
});

describe('scans', () => {
  it('never move what has been dispatched or dismissed, however often they run', () => {
    const scan = fc.record({ found: fc.boolean(), held: fc.boolean(), at: fc.date({ noInvalidDate: true }) });
    fc.assert(
      fc.property(fc.constantFrom(...OPPORTUNITY_STATUSES), fc.array(scan), (start, scans) => {
        let status: OpportunityStatus = start;
        for (const { found, held, at } of scans) {
          status = found ? nextOnFound({ status, snoozedUntil: NOW }, held, at) : nextOnNotFound(status);
        }
        if (DISPATCHED.includes(start) || start === 'dismissed') expect(status).toBe(start);
        else expect(['open', 'held', 'snoozed', 'withdrawn']).toContain(status);
      }),
    );
  });
});

describe('applyAction', () => {
  /** Every transition there is; what is not listed is refused. */
  const ALLOWED: Record<OpportunityAction, Partial<Record<OpportunityStatus, OpportunityStatus>>> = {
    snooze: { open: 'snoozed', held: 'snoozed', snoozed: 'snoozed' },
    dismiss: {
      open: 'dismissed',
      held: 'dismissed',
      snoozed: 'dismissed',
      drafted: 'dismissed',
      accepted: 'dismissed',
    },
    reopen: { snoozed: 'open', dismissed: 'open', withdrawn: 'open', lost: 'open' },
    accept: { drafted: 'accepted' },
    won: { drafted: 'won', accepted: 'won' },
    lost: { drafted: 'lost', accepted: 'lost' },
  };

  const cases = ACTIONS.flatMap((action) =>
    OPPORTUNITY_STATUSES.map((status) => [action, status, ALLOWED[action][status] ?? null] as const),
  );

  it.each(cases)('%s from %s: %s', (action, status, expected) => {
    const result = applyAction(status, action, false);
    if (expected !== null) expect(result).toEqual({ ok: true, status: expected });
    else expect(result).toEqual({ ok: false, reason: expect.stringContaining(status) });
  });

  it('goes back to the draft where there is one, and refuses to raise a lost deal again', () => {
    expect(applyAction('dismissed', 'reopen', true)).toEqual({ ok: true, status: 'drafted' });
    expect(applyAction('lost', 'reopen', true)).toEqual({
      ok: false,
      reason: 'A lost opportunity that sales has had cannot be reopened.',
    });
    expect(applyAction('won', 'dismiss', true)).toEqual({
      ok: false,
      reason: 'An opportunity that is won cannot be dismissed.',
    });
  });

  it('never makes a dispatched opportunity open again by itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DISPATCHED), fc.array(fc.constantFrom(...ACTIONS)), (start, actions) => {
        let status: OpportunityStatus = start;
        for (const action of actions) {
          const result = applyAction(status, action, true);
          if (result.ok) status = result.status;
        }
        expect([...DISPATCHED, 'dismissed']).toContain(status);
      }),
    );
  });
});
