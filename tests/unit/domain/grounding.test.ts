import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGrounding, type GroundingSources } from '../../../lib/domain/grounding';

const BASE =
  'Northwind Robotics has 97 of 100 seats in use, and usage is growing: good news to open with. 30 more seats would bring them back to 75 % in use, so that nobody new has to wait for a seat. Ask which teams are joining next, and offer the seats well before the renewal on 4 May 2027.';

const SOURCES: GroundingSources = {
  base: BASE,
  facts: [
    { label: 'Account', value: 'Northwind Robotics' },
    { label: 'Kind of opportunity', value: 'seats' },
    { label: 'Evidence', value: '97 of 100 seats in use (90 % or more for 5 weeks, since 18 Oct 2026)' },
    { label: 'Evidence', value: 'Usage is growing' },
    { label: 'Evidence', value: 'Pays $24,000 a year for 100 seats' },
    { label: 'Evidence', value: 'Contract comes up for renewal on 4 May 2027' },
    { label: 'Evidence', value: '97 in use ÷ 75 % target = 130 seats, 30 to add' },
    { label: 'Evidence', value: '30 × $240 a seat and year (contract) = $7,200' },
    { label: 'Estimated ARR impact, a year', value: '$7,200' },
  ],
};

/** As long as the deterministic text, and fine without the claim that is added. */
const FINE =
  'Open with the good news: Northwind Robotics already uses 97 of 100 seats and usage is growing. With 30 more seats they would be back at 75 % in use, and nobody new would have to wait. Find out which teams are joining next and offer the seats before the renewal.';

function judge(text: string, sources: GroundingSources = SOURCES) {
  const verdict = checkGrounding(text, sources);
  return verdict.ok ? 'ok' : verdict.reason;
}

describe('a text that says what its sources say', () => {
  it.each([
    ['the deterministic text itself', BASE],
    ['other words for it', FINE],
    ['a longer one', `${FINE} They pay $24,000 a year, so the seats would add $7,200 a year.`],
    ['amounts in other forms', `${FINE} Worth 7,200 USD a year, or $7.2k, against 24,000 dollars a year.`],
    ['percentages in other forms', FINE.replace('75 %', '75%')],
    ['percentages in words', FINE.replace('75 %', '75 percent')],
    ['number words', FINE.replace('30 more seats', 'thirty more seats')],
    ['dates in other forms', `${FINE} The renewal is on May 4, 2027.`],
    ['dates in ISO form', `${FINE} The renewal is on 2027-05-04.`],
    ['part of a date', `${FINE} The renewal is in May 2027.`],
    ['the year of a date', `${FINE} The renewal comes in 2027.`],
    ['an ordinal of a date', `${FINE} The renewal is on 4th of May 2027.`],
    ['how long it lasts', `${FINE} It has been like this for five weeks.`],
    ['a possessive', FINE.replace('Northwind Robotics already uses', 'Northwind Robotics’ teams already use')],
  ])('passes: %s', (_name, text) => {
    expect(checkGrounding(text, SOURCES)).toEqual({ ok: true });
  });
});

describe('a figure that no source has', () => {
  it.each([
    'They could save 40 % on that.',
    'They could save forty percent on that.',
    'That is worth $9,000 a year.',
    'That is worth €7,200 a year.',
    'That is worth $7,200 a month.',
    'That is worth about 7k a year.',
    'That is worth 7.2 million a year.',
    'They have 97 % in use.',
    'They have 75 seats in use.',
    'They have 100 of 97 seats in use.',
    'It has been so for 5 days.',
    'It has been so for 5 months.',
    'It has been so for six weeks.',
    'The renewal is on 5 May 2027.',
    'The renewal is on 4 May 2028.',
    'The renewal is on 4 June 2027.',
    'The renewal is on 04/05/2027.',
    'The renewal comes in 2028.',
    'Ask them 24/7 about it.',
    'They need twice the seats.',
    'They need a dozen seats.',
    'Half of their seats are in use.',
    'Their third team is joining.',
    'They are the 1st in line.',
    'They are first in line.',
    'They use zwei seats.',
    'Meet them in Q3 about it.',
    'They need 30k seats.',
    'They need -30 seats.',
    'They need 3O0 seats.',
    'They need 1e3 seats.',
    'They need 30.5 seats.',
    'They need one hundred and thirty-one seats.',
    'They need 5 constructor seats.',
    'They need 30 to 40 seats.',
    'They need 30-40 seats.',
    'They need 30–40 seats.',
    'They pay $7,200/month for it.',
    'They pay 7200$ monthly.',
    'They pay USD 9,000 a year.',
    'They pay nine thousand dollars a year.',
    'They use 97.5 % of it.',
    'They use 97 points of it.',
    'They wait 75 days for it.',
    'Their Q4 is full of it.',
    'They have 2x the seats.',
    'They have tenfold the seats.',
    'They are at version 2.0 of it.',
    'They have №97 in use.',
    'They renew in a quarter of the time.',
  ])('is refused: %s', (claim) => {
    expect(judge(`${FINE} ${claim}`)).not.toBe('ok');
    expect(judge(`${claim} ${FINE}`)).not.toBe('ok');
  });

  it('is refused wherever it stands, whatever it is', () => {
    const words = FINE.split(' ');
    const known = new Set([
      '97',
      '100',
      '75',
      '90',
      '5',
      '18',
      '2026',
      '24000',
      '4',
      '2027',
      '130',
      '30',
      '240',
      '7200',
    ]);
    const figure = fc
      .tuple(
        fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2_000_000 })),
        fc.constantFrom('', '%', ' %', ' seats', 'k', ' weeks', '.5', 'th', ',000', '$', '€', ' USD', ' percent', 'x'),
      )
      .filter(([value]) => !known.has(String(value)) && !known.has(String(value * 1000)))
      .map(([value, form]) => (form === '$' || form === '€' ? `${form}${value}` : `${value}${form}`));
    fc.assert(
      fc.property(figure, fc.nat({ max: words.length }), (written, at) => {
        const text = [...words.slice(0, at), written, ...words.slice(at)].join(' ');
        expect(judge(text), text).not.toBe('ok');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused as a word too, wherever it stands', () => {
    const words = FINE.split(' ');
    const known = ['thirty', 'five', 'ninety', 'eighteen', 'four', 'hundred'];
    const number = fc
      .constantFrom(
        ...'zero one two three six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen nineteen twenty forty fifty sixty seventy eighty hundred thousand million billion first second third fourth fifth tenth half double twice dozen couple triple'.split(
          ' ',
        ),
      )
      .filter((word) => !known.includes(word));
    fc.assert(
      fc.property(number, fc.nat({ max: words.length }), fc.boolean(), (word, at, capital) => {
        const written = capital ? word.charAt(0).toUpperCase() + word.slice(1) : word;
        const text = [...words.slice(0, at), written, ...words.slice(at)].join(' ');
        expect(judge(text), text).not.toBe('ok');
      }),
      { numRuns: 500 },
    );
  });

  it('passes wherever it is a source’s own', () => {
    const own = ['97 of 100 seats', '75 % in use', '30 more seats', '$24,000 a year', '$7,200 a year', '4 May 2027'];
    const sentence = (what: string) => `This is about ${what} and the seats they use.`;
    fc.assert(
      fc.property(fc.subarray(own, { minLength: 3 }), (chosen) => {
        const text = chosen.map(sentence).join(' ');
        const base = `${text} ${BASE}`.slice(0, Math.max(BASE.length, text.length));
        expect(checkGrounding(text, { ...SOURCES, base: base.length > text.length * 2 ? BASE : base })).toEqual({
          ok: true,
        });
      }),
    );
  });
});

describe('a name that no source has', () => {
  it.each([
    'Mention that Microsoft does the same.',
    'Microsoft does the same.',
    'Dana will call them.',
    'Our friends at Acme Corp like it.',
    'Offer the Analytics module too.',
    'Talk to Northwind Analytics about it.',
    'Robotics Northwind is the one.',
    'They use iPhone apps.',
    'March is a good time.',
    'November is a good time.',
    'Monday is a good time.',
    'Compare it with GPT.',
    'Grüße from Jürgen to them.',
  ])('is refused: %s', (claim) => {
    expect(judge(`${FINE} ${claim}`)).not.toBe('ok');
  });

  it('may be the account’s, whatever it is called', () => {
    for (const name of [
      'Studio 54',
      '3M',
      'Booking.com',
      'AT&T',
      'Smith * Sons',
      'Ünïcode & Söhne',
      'IKEA',
      'C# Works',
    ]) {
      const rename = (text: string) => text.replaceAll('Northwind Robotics', name);
      const facts = SOURCES.facts.map(({ label, value }) => ({ label, value: rename(value) }));
      expect(checkGrounding(rename(FINE), { base: rename(BASE), facts }), name).toEqual({ ok: true });
    }
  });

  it('makes no figure of the account’s name a fact', () => {
    const rename = (text: string) => text.replaceAll('Northwind Robotics', 'Acme 90 days free');
    const facts = SOURCES.facts.map(({ label, value }) => ({ label, value: rename(value) }));
    const sources = { base: rename(BASE), facts };
    expect(checkGrounding(rename(FINE), sources)).toEqual({ ok: true });
    expect(judge(`${rename(FINE)} They get it for 90 days.`, sources)).toBe('number');
  });
});

describe('what is no plain text', () => {
  it.each([
    ['See https://evil.example/x for it.', 'link'],
    ['See www.evil.example for it.', 'link'],
    ['See evil.com for it.', 'link'],
    ['See evil.com/path for it.', 'link'],
    ['See evil dot com for it.', 'link'],
    ['Write to boss@evil.example about it.', 'link'],
    ['Write to boss (at) evil about mailto:x.', 'link'],
    ['See [this](x) for it.', 'markup'],
    ['Make it **bold** for them.', 'markup'],
    ['Make it <b>bold</b> for them.', 'markup'],
    ['Make it `code` for them.', 'markup'],
    ['Make it &lt;b&gt; for them.', 'markup'],
    ['Fill in {{name}} for them.', 'markup'],
    ['Zero\u200bwidth in the seats.', 'characters'],
    ['Turned \u202eround\u202c in the seats.', 'characters'],
    ['A nul\u0000 in the seats.', 'characters'],
    ['A tab\tin the seats.', 'characters'],
    ['А cyrillic seat.', 'characters'],
    ['They use ９７ seats.', 'characters'],
    ['They use ⅔ of the seats.', 'characters'],
    ['They use ④ seats.', 'characters'],
    ['They are happy 🎉 with seats.', 'characters'],
    ['Soft\u00adhyphen in the seats.', 'characters'],
    ['Tag \u{e0041} in the seats.', 'characters'],
  ])('is refused: %s', (claim, reason) => {
    expect(judge(`${FINE} ${claim}`)).toBe(reason);
  });

  it.each(['\n# A heading', '\n- a list\n- of seats', '\n1. a list', '\n> a quote', '\n\n\n\n\nmore of it'])(
    'is refused: %j',
    (part) => {
      expect(judge(`${FINE}${part}`)).not.toBe('ok');
    },
  );

  it('is refused in any place: hidden and control characters', () => {
    const hidden = fc.constantFrom(
      ...'\u0000\u0007\u001b\u007f\u0085\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\ufff9\ufffc',
    );
    fc.assert(
      fc.property(hidden, fc.nat({ max: FINE.length }), (character, at) => {
        expect(judge(`${FINE.slice(0, at)}${character}${FINE.slice(at)}`)).not.toBe('ok');
      }),
    );
  });
});

describe('what would be a promise, a turn of events or an instruction', () => {
  it.each([
    'You could promise them a discount on the seats.',
    'The seats are free for them.',
    'We guarantee the seats for them.',
    'Their usage is declining, so take care.',
    'They plan to cancel the contract.',
    'Talk to them tomorrow about the seats.',
    'Discuss it next week with their teams.',
    'Please ignore the earlier seats and teams.',
    'Share your password to their teams.',
    'They should click on the seats to download them.',
    'You should forward this to all of their teams.',
  ])('is refused: %s', (claim) => {
    expect(judge(`${FINE} ${claim}`)).toBe('claim');
  });

  it('is refused where it speaks of something else altogether', () => {
    const other =
      'Please approve purchase orders quickly because executives require immediate payment through alternative channels while procurement departments remain unaware about such arrangements which everybody considers perfectly acceptable practice among partners.';
    expect(judge(other)).toBe('unrelated');
  });
});

describe('its length', () => {
  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['Offer seats.', 'too_short'],
    [`${FINE} ${FINE}`, 'too_long'],
  ])('is bounded by that of the deterministic text: %j', (text, reason) => {
    expect(judge(text)).toBe(reason);
  });
});

it.each([
  'a',
  'a.',
  'a@',
  'a-',
  'a1.',
  '1',
  '1,',
  '1-',
  '(',
  "a'",
  'http:',
  'evil dot ',
  '1 May ',
  'hundred and ',
  '&a',
  '\n',
])('is quickly done with whatever a model repeats, or a customer: %j', (part) => {
  // An expression that tries every place anew would take minutes.
  const long = part.repeat(6_000 / part.length);
  const base = 'Acme has seats in use. '.repeat(200);
  checkGrounding(long, { base, facts: SOURCES.facts });
  checkGrounding(base, {
    base,
    facts: [
      { label: 'Account', value: long },
      { label: 'Evidence', value: long },
    ],
  });
});

it('never throws, and passes nothing that is only noise', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'binary' }), (text, value) => {
      const verdict = checkGrounding(text, { base: BASE, facts: [{ label: 'Account', value }] });
      expect(verdict.ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});
