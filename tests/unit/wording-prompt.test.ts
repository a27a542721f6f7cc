import { describe, expect, it } from 'vitest';
import { composeOutreach } from '../../lib/domain/outreach';
import { buildPrompt, PROMPT_VERSION } from '../../lib/wording/prompt';

const BOUNDARY = '0123456789abcdef0123456789abcdef';
const FACTS = [
  { label: 'Account', value: 'Northwind Robotics' },
  { label: 'Evidence', value: '97 of 100 seats in use (90 % or more for 5 weeks, since 18 Oct 2026)' },
  { label: 'Estimated ARR impact, a year', value: '$7,200' },
];
const TALK_TRACK =
  'Northwind Robotics has 97 of 100 seats in use: good news to open with. Ask which teams are joining next.';

describe('what a model is told', () => {
  it.each(['talk_track', 'churn_alert', 'qbr'] as const)(
    'is as its version says, for a %s: whoever changes it gives it another version',
    async (purpose) => {
      const request = buildPrompt({ purpose, facts: FACTS, texts: { talkTrack: TALK_TRACK } }, BOUNDARY);
      const name = `${PROMPT_VERSION.replace('/', '-')}-${purpose}`;
      const text = `${request?.system}\n\n========\n\n${request?.prompt}\n`;
      await expect(text).toMatchFileSnapshot(`../fixtures/prompts/${name}.txt`);
    },
  );

  it('is nothing where there is more than may be sent, or nothing', () => {
    const prompt = (texts: Record<string, string>, facts = FACTS) =>
      buildPrompt({ purpose: 'qbr', facts, texts }, BOUNDARY);
    expect(prompt({})).toBeNull();
    expect(prompt({ one: 'x'.repeat(4_001) })).toBeNull();
    expect(prompt(Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`t${n}`, 'x'])))).toBeNull();
    expect(prompt(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`t${n}`, 'x'.repeat(3_000)])))).toBeNull();
    const many = Array.from({ length: 500 }, () => ({ label: 'l'.repeat(200), value: 'v'.repeat(9_000) }));
    expect(prompt({ one: 'x' }, many)).toBeNull();
    expect(prompt({ one: 'x' }, many.slice(0, 50))?.prompt.length).toBeLessThan(40_000);
  });
});

describe('a draft', () => {
  it.each([
    ['rules', { by: 'rules' }],
    ['model', { by: 'model', model: 'llama3.1:8b', promptVersion: 'reword/1' }],
    ['nobody', null],
  ] as const)('says whose words its talk track has: %s', async (name, talkTrackOrigin) => {
    const { text } = composeOutreach({
      accountName: 'Northwind Robotics',
      opportunityType: 'seats',
      impact: { amountCents: 720_000, currency: 'USD' },
      evidence: FACTS.filter(({ label }) => label === 'Evidence').map(({ value }) => value),
      talkTrack: TALK_TRACK,
      talkTrackOrigin,
      confidence: 'high',
    });
    await expect(text).toMatchFileSnapshot(`../fixtures/drafts/talk-track-of-${name}.txt`);
  });
});
