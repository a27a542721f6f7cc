import type { GateCheck, OpportunityDetail, OpportunityItem } from '@/lib/contracts';

type OpportunityType = OpportunityItem['type'];

export const TYPE_WORDS: Record<OpportunityType, { one: string; many: string }> = {
  seats: { one: 'Seats', many: 'Seats' },
  module: { one: 'Module', many: 'Modules' },
  integration: { one: 'Integration', many: 'Integrations' },
};

/** Why something is held, in two words. */
export const GATE_WORDS: Record<GateCheck['code'], string> = {
  account_at_risk: 'Account at risk',
  open_escalation: 'Open escalation',
  invoice_overdue: 'Invoice overdue',
  stale_signals: 'Stale signals',
  new_account: 'New account',
};

/** A person's name as their address tells it (`dana.okafor@…` → `Dana Okafor`), or the address where it does not. */
export function personName(email: string): string {
  const local = email.split('@')[0] ?? '';
  const parts = local.split(/[._-]+/).filter((part) => /^\p{L}{2,}$/u.test(part));
  if (parts.length < 2) return email;
  return parts.map((part) => part.charAt(0).toLocaleUpperCase('en') + part.slice(1)).join(' ');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** What made a text, in words; nothing where nobody knows. */
export function originInWords(origin: OpportunityDetail['talkTrackOrigin']): string | null {
  if (origin === null) return null;
  if (origin.by === 'rules') return 'Written by the desk’s rules';
  return `Put into words by ${origin.model} (${origin.promptVersion}), checked against the evidence`;
}
