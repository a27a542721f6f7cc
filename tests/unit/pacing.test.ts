import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { inLanes } from '../../lib/agents/pacing';
import { createAttention } from '../../lib/attention';

describe('lanes', () => {
  it('take every step once and stop at the first error, whoever is attended to', async () => {
    const runs = fc.record({
      steps: fc.nat({ max: 30 }),
      lanes: fc.integer({ min: 1, max: 4 }),
      attended: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      breaks: fc.option(fc.nat({ max: 30 })),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ steps, lanes, attended, breaks }) => {
        let asked = 0;
        let taken = 0;
        let working = 0;
        const ended = inLanes({ lanes, attended: () => attended[asked++ % attended.length] === true }, async () => {
          if (taken === steps) return false;
          const step = taken++;
          working += 1;
          await setImmediate();
          working -= 1;
          if (step === breaks) throw new Error(`step ${step}`);
          return true;
        });
        if (breaks !== null && breaks < steps) await expect(ended).rejects.toThrow(`step ${breaks}`);
        else expect(await ended.then(() => taken)).toBe(steps);
        expect(working).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('beside the first give way for as long as somebody is attended to, and the work ends without them', async () => {
    let working = 0;
    let most = 0;
    let left = 50;
    const step = async () => {
      working += 1;
      most = Math.max(most, working);
      await setImmediate();
      working -= 1;
      left -= 1;
      return left > 0;
    };
    await inLanes({ lanes: 3, attended: () => true }, step);
    expect([left, most]).toEqual([0, 1]);
  });

  it('work side by side once nobody is', async () => {
    let taken = 0;
    let working = 0;
    let most = 0;
    await inLanes({ lanes: 2, attended: () => taken < 5 }, async () => {
      taken += 1;
      working += 1;
      most = Math.max(most, working);
      // From the fifth step on, the first lane waits for the other one.
      if (taken >= 5) await vi.waitFor(() => expect(most).toBe(2), { timeout: 10_000 });
      working -= 1;
      return taken < 10;
    });
    expect(most).toBe(2);
  });
});

describe('attention', () => {
  it('is for a moment after each request', () => {
    let now = 0;
    const attention = createAttention(() => now);
    expect(attention.isRecent()).toBe(false);
    attention.asked();
    now += 200;
    expect(attention.isRecent()).toBe(true);
    attention.asked();
    now += 200;
    expect(attention.isRecent()).toBe(true);
    now += 200;
    expect(attention.isRecent()).toBe(false);
  });
});
