import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toNotionError } from '../../../lib/adapters/notion/notion-errors';
import { createRequestGate, type RequestKind } from '../../../lib/adapters/notion/request-gate';

/** Time that passes only when a test says so. */
function virtualTime() {
  let now = 0;
  let timers: { at: number; work: () => void }[] = [];
  return {
    now: () => now,
    later(ms: number, work: () => void) {
      const timer = { at: now + ms, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.work();
        await Promise.resolve();
      }
      now = end;
    },
  };
}

const never = new AbortController().signal;
setMaxListeners(0, never);

describe('the gate that all requests to Notion pass', () => {
  it('lets three a second through on average, some at once, and everybody in the end', async () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 3_000 }), asked: fc.integer({ min: 0, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const time = virtualTime();
        const gate = createRequestGate(time);
        const left: number[] = [];
        let asked = 0;
        for (const each of steps) {
          await time.pass(each.wait);
          for (let index = 0; index < each.asked; index += 1) {
            asked += 1;
            void gate.pass(index % 2 === 0 ? 'read' : 'write', never).then(() => left.push(time.now()));
          }
          await Promise.resolve();
        }
        await time.pass(1_000 * asked);
        expect(left).toHaveLength(asked);
        // In any stretch of time there are no more than three a second, and the few that may go at once.
        for (let from = 0; from < left.length; from += 1) {
          for (let to = from; to < left.length; to += 1) {
            const seconds = ((left[to] ?? 0) - (left[from] ?? 0)) / 1_000;
            expect(to - from + 1).toBeLessThanOrEqual(3 * seconds + 3 + 1e-6);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('wastes nothing: a thousand that wait are through in 333 seconds', async () => {
    const time = virtualTime();
    const gate = createRequestGate(time);
    let left = 0;
    for (let index = 0; index < 1_000; index += 1) void gate.pass('write', never).then(() => (left += 1));
    await time.pass(333_000);
    expect(left).toBe(1_000);
  });

  it('lets whoever reads go first', async () => {
    const time = virtualTime();
    const gate = createRequestGate(time);
    const order: RequestKind[] = [];
    for (let index = 0; index < 6; index += 1) void gate.pass('write', never).then(() => order.push('write'));
    void gate.pass('read', never).then(() => order.push('read'));
    await time.pass(10_000);
    expect(order.indexOf('read')).toBe(3);
    expect(order).toHaveLength(7);
  });

  it('leaves nobody through while Notion says to wait, and forgets who gave up', async () => {
    const time = virtualTime();
    const gate = createRequestGate(time);
    gate.pause(60);
    const leaving = new AbortController();
    const gone = gate.pass('write', leaving.signal).catch((error: Error) => error.message);
    let through = false;
    void gate.pass('write', never).then(() => {
      through = true;
    });
    leaving.abort(new Error('stopped'));
    expect(await gone).toBe('stopped');
    await time.pass(59_000);
    expect([through, gate.waiting().write]).toEqual([false, 1]);
    await time.pass(1_001);
    expect(through).toBe(true);
  });
});

describe('what Notion answers', () => {
  const refusal = (status: number, message = 'x', headers: Record<string, string> = {}, name = 'APIResponseError') =>
    Object.assign(new Error(message), { name, code: 'some_code', status, headers: new Headers(headers) });

  it.each([
    [401, false, 'notion_reconnect'],
    [403, false, 'notion_reconnect'],
    [404, true, 'notion_missing'],
    [400, true, 'notion_rejected'],
    [413, true, 'notion_rejected'],
    [409, true, 'notion_unavailable'],
    [429, true, 'notion_unavailable'],
    [529, true, 'notion_unavailable'],
    [500, false, 'notion_unavailable'],
    [500, true, 'outcome_unknown'],
    [502, true, 'outcome_unknown'],
    [504, true, 'outcome_unknown'],
  ])('with %i, making something: %s, is %s', (status, creates, code) => {
    const error = toNotionError(refusal(status), { creates });
    expect(error.code).toBe(code);
    if (code !== 'outcome_unknown') expect(error.remedy).toMatch(/\S/);
  });

  it('by no answer at all is unknown where something may have been made', () => {
    expect(toNotionError(new TypeError('fetch failed'), { creates: true }).code).toBe('outcome_unknown');
    expect(toNotionError(new TypeError('fetch failed'), { creates: false }).code).toBe('notion_unavailable');
  });

  it('of a proxy in between is no word about the page', () => {
    expect(toNotionError(refusal(403, 'x', {}, 'UnknownHTTPResponseError'), { creates: false }).code).toBe(
      'notion_unavailable',
    );
  });

  it.each([
    ['7', 7],
    ['0.2', 1],
    ['', 5],
    ['soon', 5],
    ['-1', 5],
    ['999999', 3_600],
  ])('with Retry-After «%s» makes everybody wait %i seconds', (header, seconds) => {
    expect(
      toNotionError(refusal(429, 'x', header === '' ? {} : { 'retry-after': header }), { creates: false })
        .retryAfterSeconds,
    ).toBe(seconds);
  });

  it('says what Notion said in one short line', () => {
    const { message } = toNotionError(refusal(400, `a\r\nb\u0000${'c'.repeat(2_000)}`), { creates: false });
    expect(message).toMatch(/^Notion refused it: a b c+…$/);
    expect(message.length).toBeLessThan(350);
  });
});
