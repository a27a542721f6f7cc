import type { Formatter } from '@/app/_lib/format';

/** How long ago something was. The page's clock may be a minute behind, which makes nothing that was lie ahead. */
export function ago(format: Formatter, at: string): string {
  const words = format.relative(at);
  return words === 'in a moment' ? 'just now' : words;
}
