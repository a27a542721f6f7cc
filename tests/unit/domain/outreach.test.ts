import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIDENCES, OPPORTUNITY_TYPES } from '../../../lib/domain/expansion';
import { composeOutreach, type OutreachFacts } from '../../../lib/domain/outreach';

const FACTS: OutreachFacts = {
  accountName: 'Northwind Robotics',
  opportunityType: 'seats',
  impact: { amountCents: 1_200_000, currency: 'USD' },
  evidence: ['97 of 100 seats in use', 'Usage is growing'],
  talkTrack: 'Your team is short of seats.\nAsk who joins next.',
  confidence: 'high',
};

describe('composeOutreach', () => {
  it('has the subject that sales filters on', () => {
    expect(composeOutreach(FACTS).subject).toBe('[CSM Expansion] Northwind Robotics — seats opportunity');
  });

  it('says everything in plain text', () => {
    expect(composeOutreach(FACTS).text).toBe(`Expansion opportunity: Northwind Robotics

Account: Northwind Robotics
Opportunity: seats
Estimated ARR impact: $12,000
Confidence: high

Evidence
- 97 of 100 seats in use
- Usage is growing

Talk track
Your team is short of seats.
Ask who joins next.

--
Found by the CSM agent and left here as a draft by the sales agent. Nothing has been sent: you decide whether, when and how to use it.
`);
  });

  it('says the same in HTML', () => {
    const { html } = composeOutreach(FACTS);
    for (const words of [
      'Northwind Robotics',
      'seats',
      '$12,000',
      'high',
      '97 of 100 seats in use',
      'CSM agent',
      'you decide',
    ]) {
      expect(html).toContain(words);
    }
    expect(html).toContain('Your team is short of seats.<br>Ask who joins next.');
  });

  it('shows an unknown amount as TBD, and says where evidence or talk track are missing', () => {
    const { text, html } = composeOutreach({ ...FACTS, impact: null, evidence: [' '], talkTrack: '' });
    for (const body of [text, html]) {
      expect(body).toContain('TBD');
      expect(body).toContain('No evidence was handed over.');
      expect(body).toContain('No talk track was handed over.');
      expect(body).not.toContain('$');
    }
  });

  it.each([
    ['Acme\r\nBcc: everyone@example.com', 'Acme Bcc: everyone@example.com'],
    ['  Acme\t\u0000\u0007 Ltd\u2028', 'Acme Ltd'],
    ['Acme\u202egnp.exe', 'Acme gnp.exe'],
    ['\n\n', 'Unnamed account'],
    ['Ünïcode & Söhne 株式会社', 'Ünïcode & Söhne 株式会社'],
  ])('keeps %j on one line', (accountName, shown) => {
    expect(composeOutreach({ ...FACTS, accountName }).subject).toBe(`[CSM Expansion] ${shown} — seats opportunity`);
  });

  it('lets no markup in and no line break into the subject, whatever the texts are', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '\n', '\r', 'a', '/', '\u0000') }),
      fc.constant('</td><script>alert(1)</script><a href="javascript:x" onclick=\'y\'>'),
    );
    const shape = tagsOf(composeOutreach({ ...FACTS, evidence: ['one'], talkTrack: 'one' }).html);
    fc.assert(
      fc.property(
        fc.record({
          accountName: hostile,
          opportunityType: fc.constantFrom(...OPPORTUNITY_TYPES),
          impact: fc.option(fc.record({ amountCents: fc.integer(), currency: hostile }), { nil: null }),
          evidence: fc.tuple(hostile),
          talkTrack: hostile.map((text) => text.replace(/[\n\r\u2028\u2029]/g, ' ')),
          confidence: fc.constantFrom(...CONFIDENCES),
        }),
        (facts) => {
          const { subject, html, text } = composeOutreach(facts);
          expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
          expect(tagsOf(html)).toEqual(shape);
          expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Every tag of a page with its attributes: what may not depend on the texts. */
function tagsOf(html: string): string[] {
  return html.match(/<[^>]*>?/g) ?? [];
}
