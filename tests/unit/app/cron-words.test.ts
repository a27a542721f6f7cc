import { expect, it } from 'vitest';
import { cronInWords } from '../../../app/_lib/cron-words';

it.each([
  ['0 7 * * *', 'Every day at 07:00'],
  ['30 7,19 * * *', 'Every day at 07:30 and 19:30'],
  ['* * * * *', 'Every minute'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['0 * * * *', 'Every hour'],
  ['5 * * * *', 'Every hour at :05'],
  ['0 7 * * 1-5', 'Monday to Friday at 07:00'],
  ['0 7 * * 1,4', 'Every Monday and Thursday at 07:00'],
  ['0 7 * * 7', 'Every Sunday at 07:00'],
  ['0 4 1 1,4,7,10 *', 'On the 1st of January, April, July and October at 04:00'],
  ['0 4 22 * *', 'On the 22nd of every month at 04:00'],
  ['0 4 L * *', '0 4 L * *'],
  ['0 0 7 * * *', '0 0 7 * * *'],
])('%s reads «%s»', (cron, words) => {
  expect(cronInWords(cron)).toBe(words);
});
