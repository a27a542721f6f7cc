// A desk in a process of its own that takes one opportunity to its draft and kills itself at a step of that, by the step's
// name. Arguments: the opportunity, the scenario, and `before` or `after` with the step; without these it lives. Prints
// each step before it takes it.
import { openDatabase } from '../../lib/db/client';
import { AppError } from '../../lib/errors';
import { createLeaseOwner } from '../../lib/lease-owner';
import type { MailDrafts } from '../../lib/ports';
import { openDispatchDesk } from './dispatch-desk';
import { createProviderMail } from './provider-mail';

type Outcome = 'made' | 'unavailable' | 'answer lost' | 'nothing made' | 'refused';

/** What the attempts of a scenario meet, in order; afterwards all is well. */
const PLANS: Record<string, readonly Outcome[]> = {
  'all is well': [],
  'the mailbox is away': ['unavailable'],
  'the answer is lost': ['answer lost'],
  'nothing was made': ['nothing made'],
  'the mailbox refuses': ['refused'],
  'a gate holds it': [],
};

const [opportunityId = '', scenario = '', moment = '', deadly = ''] = process.argv.slice(2);
const plan = [...(PLANS[scenario] ?? [])];
const db = await openDatabase(process.env.DATABASE_URL ?? '');
const provider = createProviderMail({ url: process.env.TEST_PROVIDER_URL ?? '', timeoutMs: 5_000, searchLagMs: 0 });
const mail: MailDrafts = {
  ...provider,
  settleMs: 0,
  async createDraft(message, options) {
    const outcome = plan.shift() ?? 'made';
    if (outcome === 'unavailable') throw new AppError('mail_unavailable', 'The mailbox is away.', { retryable: true });
    if (outcome === 'refused') throw new AppError('mail_rejected', 'The mailbox refuses.');
    if (outcome === 'nothing made') throw new Error('socket hang up');
    const draft = await provider.createDraft(message, options);
    if (outcome === 'answer lost') throw new Error('socket hang up');
    return draft;
  },
};
const desk = openDispatchDesk({
  db,
  mail,
  clock: Object.assign(() => new Date(), { advance() {}, set() {} }),
  owner: createLeaseOwner(),
  policy: { backoffMs: 1, timeoutMs: 5_000 },
  mayTake: (dispatchId) => dispatchId === mine,
  onStep(step, when) {
    if (when === 'before') process.stdout.write(`step ${step}\n`);
    if (step === deadly && when === moment) process.kill(process.pid, 'SIGKILL');
  },
});
let mine: string | null = null;

process.stdout.write('ready 0\n');
const outcome = await desk.dispatch(opportunityId);
mine = (await db.read.dispatch.findUnique({ where: { opportunityId } }))?.id ?? null;
if (outcome.outcome === 'gated') await desk.dispatch(opportunityId, { reason: 'The customer asked for it.' });
for (let round = 0; round < 200; round += 1) {
  const dispatch = await db.read.dispatch.findUniqueOrThrow({ where: { opportunityId } });
  if (dispatch.state === 'drafted') break;
  if (dispatch.state === 'failed') await desk.retry(dispatch.id);
  await desk.pump.run();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await desk.pump.run();
await db.close();
process.exit(0);
