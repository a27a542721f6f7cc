import type { AlertItem } from '@/lib/contracts/alerts';
import type { Formatter } from '../_lib/format';

/** How far the telling is, for one line of a list. */
export function toldInWords(
  { told, deliveries }: Pick<AlertItem, 'told' | 'deliveries'>,
  format: Formatter,
): { words: string; tone: string } {
  if (told === 'pending') return { words: 'Being settled', tone: 'text-ink-3' };
  const failed = deliveries.filter(({ state }) => state === 'failed' || state === 'uncertain').length;
  if (failed > 0) return { words: `${format.number(failed)} need a look`, tone: 'text-red font-medium' };
  const open = deliveries.filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'retrying');
  const [first] = open;
  if (first) {
    return { words: first.at === null ? 'Under way' : `Waits until ${format.time(first.at)}`, tone: 'text-ink-2' };
  }
  const done = deliveries.filter(({ state }) => state === 'done').length;
  const where = told === 'digest' ? 'in a digest' : 'alone';
  return { words: `${format.number(done)} channels, ${where}`, tone: 'text-ink-2' };
}
