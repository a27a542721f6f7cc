import fc from 'fast-check';
import { expect, it } from 'vitest';
import { latest } from '../../lib/latest';

it('answers each who asks by a run that began after they did, one at a time and in order, whichever fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async (clock, fails) => {
      let begun = 0;
      let working = 0;
      const ask = latest(async () => {
        begun += 1;
        const run = begun;
        working += 1;
        expect(working).toBe(1);
        await clock.schedule(Promise.resolve(), `run ${run}`);
        working -= 1;
        if (fails[run % fails.length]) throw new Error(String(run));
        return run;
      });
      let heard = 0;
      const asked = fails.map((_, index) =>
        clock.schedule(Promise.resolve(), `ask ${index}`).then(async () => {
          const before = begun;
          const run = await ask().catch((error: Error) => Number(error.message));
          expect(run).toBeGreaterThan(before);
          expect(run).toBeGreaterThanOrEqual(heard);
          heard = run;
        }),
      );
      await clock.waitFor(Promise.all(asked));
      expect(begun).toBeLessThanOrEqual(fails.length);
    }),
  );
});
