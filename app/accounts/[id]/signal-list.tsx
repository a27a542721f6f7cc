'use client';

import clsx from 'clsx';
import { useEffect, useState } from 'react';
import { Card } from '@/app/_components/card';
import { ClockIcon } from '@/app/_components/icons';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountDetail } from '@/lib/contracts';

/** The observations behind the score, with their age. Evidence links to a row: `#signal-usageTrend`. */
export function SignalList({ signals }: { signals: AccountDetail['signals'] }) {
  const target = useHashTarget();
  const stale = signals.filter((signal) => signal.stale).length;
  return (
    <Card title="Signals" note={stale === 0 ? 'all fresh' : `${stale} of ${signals.length} stale`} flush>
      {signals.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">Nothing was observed yet. An import with signals fills this list.</p>
      ) : (
        <table className="w-full border-collapse">
          <thead className="sr-only">
            <tr>
              <th scope="col">Signal</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {signals.map((signal) => (
              <SignalRow key={signal.signal} signal={signal} isTarget={target === `signal-${signal.signal}`} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function SignalRow({ signal, isTarget }: { signal: AccountDetail['signals'][number]; isTarget: boolean }) {
  const format = useFormat();
  return (
    <tr
      id={`signal-${signal.signal}`}
      tabIndex={-1}
      className={clsx(
        'scroll-mt-24 scroll-mb-24 border-t border-line outline-offset-[-2px] target:bg-accent-soft',
        isTarget && 'bg-accent-soft',
      )}
    >
      <th scope="row" className="py-2 pr-3 pl-4 text-left font-normal">
        <span className="block font-medium">{signal.label}</span>
        <span className="block text-xs text-ink-3" title={format.dateTime(signal.observedAt)}>
          {signal.stale ? (
            <span className="inline-flex items-center gap-1 font-medium text-amber">
              <ClockIcon className="size-3" />
              Stale, observed {format.age(signal.observedAt)} ago
            </span>
          ) : format.age(signal.observedAt) === 'now' ? (
            'observed just now'
          ) : (
            `observed ${format.age(signal.observedAt)} ago`
          )}
        </span>
      </th>
      <td className="py-2 pr-4 text-right align-top">
        {signal.value === null ? (
          <span className="text-ink-3">unknown</span>
        ) : (
          <span className="font-medium">{signal.value}</span>
        )}
      </td>
    </tr>
  );
}

/** Id of the element that the address names. The browser's own `:target` misses links that React follows. */
function useHashTarget(): string | null {
  const [target, setTarget] = useState<string | null>(null);
  useEffect(() => {
    const follow = () => {
      const id = decodeURIComponent(location.hash.slice(1));
      setTarget(id === '' ? null : id);
      const element = id === '' ? null : document.getElementById(id);
      element?.scrollIntoView({ block: 'center' });
      element?.focus({ preventScroll: true });
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return target;
}
