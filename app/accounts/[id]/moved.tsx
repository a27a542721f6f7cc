'use client';

import clsx from 'clsx';
import { Card } from '@/app/_components/card';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountDetail } from '@/lib/contracts';

type Health = NonNullable<AccountDetail['health']>;

/** What changed between the score before and this one, part by part. */
export function Moved({ health }: { health: Health }) {
  const format = useFormat();
  if (health.previousAsOf === null || health.previousScore === null) {
    return (
      <Card title="What moved">
        <p className="text-ink-2">This is the first score. The next change is explained here.</p>
      </Card>
    );
  }
  const change = Math.round(health.score) - Math.round(health.previousScore);
  return (
    <Card
      title={`What moved since ${format.date(health.previousAsOf)}`}
      note={`${Math.round(health.previousScore)} → ${Math.round(health.score)}, ${signed(change)}`}
    >
      {health.moved.length === 0 ? (
        <p className="text-ink-2">No part of the score changed.</p>
      ) : (
        <ul className="-my-1.5">
          {health.moved.map((part) => (
            <MovedPart key={part.part} part={part} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function MovedPart({ part }: { part: Health['moved'][number] }) {
  const change = Math.round((part.to - part.from) * 10) / 10;
  return (
    <li className="grid grid-cols-[1fr_auto] gap-x-4 border-b border-line py-2 last:border-b-0">
      <span className="font-medium">{part.label}</span>
      <span
        className={clsx('text-right font-semibold', change > 0 ? 'text-green' : change < 0 ? 'text-red' : 'text-ink-2')}
      >
        <span aria-hidden="true">{change > 0 ? '↑ ' : change < 0 ? '↓ ' : ''}</span>
        {signed(change)}
      </span>
      <span className="text-xs text-ink-2">
        {part.fromValue === null && part.toValue === null ? null : (
          <>
            {part.fromValue === part.toValue ? null : (
              <>
                {part.fromValue ?? 'unknown'} <span aria-hidden="true">→</span>
                <span className="sr-only"> to </span>{' '}
              </>
            )}
            <span className="text-ink">{part.toValue ?? 'unknown'}</span>
            {part.fromValue === part.toValue ? ' as before, on other points' : null}
          </>
        )}
      </span>
      <span className="text-right text-xs text-ink-3">
        {tenth(part.from)} → {tenth(part.to)} points
      </span>
    </li>
  );
}

function signed(value: number): string {
  if (value === 0) return '±0';
  return value > 0 ? `+${value}` : `−${-value}`;
}

function tenth(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return rounded < 0 ? `−${-rounded}` : `${rounded}`;
}
