'use client';

import clsx from 'clsx';
import type { AlertItem } from '@/lib/contracts/alerts';
import { useFormat } from '../_lib/use-format';

type Reason = AlertItem['reasons'][number];

/** The signals behind an alert: points before and after, with each value and when it was observed. */
export function AlertReasons({ reasons }: { reasons: readonly Reason[] }) {
  if (reasons.length === 0) return <p className="text-ink-2">No part of the score changed.</p>;
  return (
    <ul className="-my-2">
      {reasons.map((reason) => (
        <ReasonRow key={reason.label} reason={reason} />
      ))}
    </ul>
  );
}

function ReasonRow({ reason }: { reason: Reason }) {
  const format = useFormat();
  const { label, from, to, most, fromValue, toValue, observedAt } = reason;
  const change = from === null ? null : Math.round((to - from) * 10) / 10;
  return (
    <li className="grid grid-cols-[1fr_auto] gap-x-4 border-b border-line py-2 last:border-b-0">
      <span className="font-medium">{label}</span>
      <span
        className={clsx(
          'text-right font-semibold',
          change === null ? 'text-ink-2' : change > 0 ? 'text-green' : 'text-red',
        )}
      >
        {change === null
          ? `${tenth(to)} of ${tenth(most ?? 0)}`
          : `${change > 0 ? '+' : '−'}${tenth(Math.abs(change))}`}
      </span>
      <span className="text-xs text-ink-2">
        {fromValue === null || fromValue === toValue ? null : (
          <>
            {fromValue} <span aria-hidden="true">→</span>
            <span className="sr-only"> to </span>{' '}
          </>
        )}
        <span className="text-ink">{toValue ?? 'unknown'}</span>
        {observedAt === null ? null : (
          <time dateTime={observedAt} className="text-ink-3">
            {' '}
            · {format.date(observedAt)}
          </time>
        )}
      </span>
      <span className="text-right text-xs text-ink-3">
        {from === null ? 'points' : `${tenth(from)} → ${tenth(to)} points`}
      </span>
    </li>
  );
}

function tenth(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return rounded < 0 ? `−${-rounded}` : `${rounded}`;
}
