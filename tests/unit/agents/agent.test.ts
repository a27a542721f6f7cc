import { describe, expect, it, vi } from 'vitest';
import { type AgentContext, checkStopped, createAgent } from '../../../lib/agents/agent';
import { createSalesAgent } from '../../../lib/agents/sales';
import { AppError, type ErrorCode, UnknownTaskTypeError } from '../../../lib/errors';
import { singleMailbox } from '../../../lib/mail/single-mailbox';
import { createFaultyMail } from '../../helpers/faulty-mail';

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const context: AgentContext = { now: new Date(), actor: 'test', signal: new AbortController().signal, log };

type Tasks = { work: { payload: { fail?: unknown }; result: { done: true } } };

const agent = createAgent<Tasks>('worker', {
  work: {
    description: 'Works.',
    parse: (payload) => {
      if ('bad' in (payload as object)) throw new AppError('invalid_input', 'bad: unknown field');
      return payload as { fail?: unknown };
    },
    handle: async ({ fail }) => {
      if (fail !== undefined) throw fail;
      return { done: true };
    },
  },
});

describe('an agent', () => {
  it('routes by task type and says what it can do', async () => {
    expect(agent.capabilities).toEqual([{ type: 'work', description: 'Works.' }]);
    expect(await agent.execute({ type: 'work' }, context)).toEqual({ taskType: 'work', done: true });
  });

  it.each(['rest', '', '__proto__', 'constructor', 'toString'])(
    'refuses the task %j, naming those it supports',
    async (type) => {
      expect(agent.supports(type)).toBe(false);
      const refused = agent.execute({ type: type as 'work' }, context);
      await expect(refused).rejects.toBeInstanceOf(UnknownTaskTypeError);
      await expect(refused).rejects.toMatchObject({
        code: 'unknown_task_type',
        message: expect.stringContaining('work'),
      });
    },
  );

  it('answers instead of throwing where a task fails inside, without its internals', async () => {
    log.error.mockClear();
    const secret = new Error('SELECT * FROM secrets');
    expect(await agent.execute({ type: 'work', fail: secret }, context)).toEqual({
      taskType: 'work',
      error: 'Something went wrong on the server.',
      errorCode: 'internal',
      confidence: 'low',
      partial: true,
    });
    expect(log.error).toHaveBeenCalledWith(expect.objectContaining({ err: secret }), expect.any(String));
    const known = await agent.execute({ type: 'work', fail: new AppError('timeout', 'It took too long.') }, context);
    expect(known).toMatchObject({ error: 'It took too long.', errorCode: 'timeout', partial: true });
    // What is known to happen has words, and no trace.
    expect(log.error).toHaveBeenCalledTimes(1);
    expect(log.warn).toHaveBeenCalledWith(
      { taskType: 'work', errorCode: 'timeout', reason: 'It took too long.' },
      expect.any(String),
    );
  });

  it.each<ErrorCode>(['not_found', 'invalid_input'])('throws what is the caller’s mistake: %s', async (code) => {
    await expect(agent.execute({ type: 'work', fail: new AppError(code, 'x') }, context)).rejects.toMatchObject({
      code,
    });
    await expect(agent.execute({ type: 'work', bad: 1 }, context)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('stops between two steps when told to', () => {
    const stop = new AbortController();
    checkStopped(stop.signal);
    stop.abort();
    expect(() => checkStopped(stop.signal)).toThrow(/stopping/);
  });
});

describe('the sales agent', () => {
  const task = {
    type: 'handle_expansion_opportunity' as const,
    accountId: 'a-1',
    opportunityType: 'seats',
    evidence: ['97 of 100 seats in use'],
    estimatedArrImpact: { amountCents: 720_000, currency: 'USD' },
    recommendedTalkTrack: 'Ask who is joining next.',
    confidence: 'high',
  };
  const dispatch = {
    id: 'd-1',
    messageId: 'm@x.invalid',
    accountName: 'Acme',
    recipient: null,
    mailboxId: null,
    createdAt: new Date(0),
  };

  it('leaves one draft that says what it is and who decides', async () => {
    const mail = createFaultyMail();
    const result = await createSalesAgent(singleMailbox(mail)).execute(task, { ...context, dispatch });
    expect(result).toEqual({
      taskType: 'handle_expansion_opportunity',
      accountId: 'a-1',
      opportunityType: 'seats',
      draftId: 'd1',
      confidence: 'high',
      draft: { provider: 'fake', draftId: 'd1', location: 'memory/d1' },
    });
    const text = mail.ledger[0]?.content.toString('latin1') ?? '';
    expect(text).toMatch(/^X-Headroom-Dispatch: d-1$/m);
    expect(text).not.toMatch(/^To:/m);
    expect(text).toContain('$7,200');
    expect(text).toContain('you decide');
  });

  it('writes TBD where the amount is not known', async () => {
    const mail = createFaultyMail();
    await createSalesAgent(singleMailbox(mail)).execute(
      { ...task, estimatedArrImpact: null },
      { ...context, dispatch },
    );
    expect(mail.ledger[0]?.content.toString('latin1')).toContain('Estimated ARR impact: TBD');
  });

  it('says that there is no mailbox, and does not pretend', async () => {
    const result = await createSalesAgent(singleMailbox(null)).execute(task, { ...context, dispatch });
    expect(result).toMatchObject({ partial: true, errorCode: 'mail_unavailable', confidence: 'low' });
  });

  it('names every field that does not fit', async () => {
    const wrong = { ...task, opportunityType: 'yacht', evidence: [], confidence: 'certain', extra: 1 };
    const refused = createSalesAgent(singleMailbox(createFaultyMail())).execute(wrong, { ...context, dispatch });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_input',
      issues: expect.arrayContaining(
        ['opportunityType', 'evidence', 'confidence'].map((path) => expect.objectContaining({ path })),
      ),
    });
  });
});
