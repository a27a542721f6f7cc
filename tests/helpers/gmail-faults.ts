/** What may go wrong with one request to Gmail: what becomes of it, and what the caller hears. */
export interface Fault {
  effect: 'none' | 'done' | { lateMs: number };
  answer:
    | 'ok'
    /** The connection is reset. */
    | 'reset'
    /** Nothing, for ever. */
    | 'hang'
    /** The first half of the answer, then a reset. */
    | 'half'
    /** An answer that is complete as HTTP and broken as JSON. */
    | 'cut'
    | { status: number; body?: unknown; headers?: Record<string, string> };
}

export function googleError(status: number, reason: string, message: string): { error: Record<string, unknown> } {
  return { error: { code: status, message, errors: [{ domain: 'global', reason, message }], status: reason } };
}

function refusal(status: number, reason: string, message: string, headers: Record<string, string> = {}): Fault {
  return { effect: 'none', answer: { status, body: googleError(status, reason, message), headers } };
}

export const GMAIL_FAULTS = {
  rateLimited: refusal(429, 'rateLimitExceeded', 'Too many concurrent requests for user', { 'retry-after': '7' }),
  userRate: refusal(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded'),
  dailyLimit: refusal(403, 'dailyLimitExceeded', 'Daily Limit Exceeded'),
  noPermission: refusal(403, 'forbidden', 'Delegation denied'),
  domainPolicy: refusal(403, 'domainPolicy', 'The domain administrators have disabled Gmail apps.'),
  serverError: refusal(500, 'backendError', 'Backend Error'),
  unavailable: refusal(503, 'backendError', 'The service is currently unavailable.', { 'retry-after': '3' }),
  serverErrorAfter: {
    effect: 'done',
    answer: { status: 503, body: googleError(503, 'backendError', 'Backend Error') },
  },
  resetBefore: { effect: 'none', answer: 'reset' },
  resetAfter: { effect: 'done', answer: 'reset' },
  half: { effect: 'done', answer: 'half' },
  cut: { effect: 'done', answer: 'cut' },
  hang: { effect: 'none', answer: 'hang' },
  hangAfter: { effect: 'done', answer: 'hang' },
  late: { effect: { lateMs: 300 }, answer: 'hang' },
} satisfies Record<string, Fault>;
