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
