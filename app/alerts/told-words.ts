import type { AlertItem } from '@/lib/contracts/alerts';
import type { Formatter } from '../_lib/format';

/** How far the telling is, for one line of a list. */
export function toldInWords(
  { told, deliveries }: Pick<AlertItem, 'told' | 'deliveries'>,
  format: Formatter,
): { words: string; more: string | null; tone: string } {
  if (told === 'pending') return { words: 'Being settled', more: null, tone: 'text-ink-3' };
  const failed = deliveries.filter(({ state }) => state === 'failed' || state === 'uncertain').length;
  if (failed > 0)
    return { words: 'Needs a look', more: `${format.number(failed)} not told`, tone: 'text-red font-medium' };
  const open = deliveries.filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'retrying');
  const [first] = open;
  if (first) {
    const more = first.at === null ? null : `until ${format.time(first.at)}`;
    return { words: more === null ? 'Under way' : 'Waits', more, tone: 'text-ink-2' };
  }
  const done = deliveries.filter(({ state }) => state === 'done').length;
  const more = `on ${format.number(done)} ${done === 1 ? 'channel' : 'channels'}`;
  return { words: told === 'digest' ? 'In a digest' : 'Alone', more, tone: 'text-ink-2' };
}
