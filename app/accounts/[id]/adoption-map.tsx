'use client';

import clsx from 'clsx';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { ScrollRegion } from '@/app/_components/scroll-region';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountAdoption, AdoptionCell } from '@/lib/contracts/adoption';
import { cellInWords, STANDING_WORDS } from './adoption-words';

type Map = AccountAdoption['map'];

interface Props {
  map: Map;
  seats: number | null;
}

/**
 * Features by weeks. Use is told by the size of a square as well as by its strength of colour; the week under the pointer or
 * the focus is told in words, and the same figures are there as a table.
 */
export function AdoptionMap({ map, seats }: Props) {
  const format = useFormat();
  const grid = useRef<HTMLTableElement>(null);
  const lastWeek = map.weeks.length - 1;
  // One cell takes the focus of the whole grid, the arrows move it on.
  const [place, setPlace] = useState({ row: 0, week: lastWeek });
  const [pointed, setPointed] = useState<{ row: number; week: number } | null>(null);
  const row = Math.min(place.row, map.rows.length - 1);
  const week = Math.min(Math.max(place.week, 0), lastWeek);

  useEffect(() => {
    const box = grid.current?.parentElement;
    // The newest weeks first where not all of them fit.
    if (box) box.scrollLeft = box.scrollWidth;
  }, []);

  const moveTo = (to: { row: number; week: number }) => {
    const next = {
      row: Math.min(Math.max(to.row, 0), map.rows.length - 1),
      week: Math.min(Math.max(to.week, 0), lastWeek),
    };
    setPlace(next);
    setPointed(next);
    grid.current?.querySelector<HTMLElement>(`[data-place="${next.row}/${next.week}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    const to = MOVES[event.key]?.({ row, week }, lastWeek);
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
  };
  const told = pointed && map.rows[pointed.row] ? pointed : null;

  return (
    <figure className="m-0">
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        <h3 className="font-semibold">By week, against the peers’ median per seat</h3>
        <Legend />
      </figcaption>
      <div className="relative overflow-x-auto rounded-lg border border-line">
        <table
          ref={grid}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table of cells that take the focus is a grid
          role="grid"
          aria-label="Use of features by week"
          aria-describedby="adoption-map-keys"
          onKeyDown={press}
          onPointerLeave={() => setPointed(null)}
          className="border-separate border-spacing-0"
        >
          <thead>
            <tr>
              <th scope="col" className={clsx(HEAD, 'py-1 text-left text-xs font-medium text-ink-3')}>
                Feature
              </th>
              {map.weeks.map((day, index) => (
                <th key={day} scope="col" className="relative h-6 w-6 min-w-6 p-0 text-xs font-normal text-ink-3">
                  <span className="sr-only">Week to {format.date(day)}</span>
                  {monthBegins(map.weeks, index) ? (
                    <span aria-hidden="true" className="absolute top-1 left-1 whitespace-nowrap">
                      {monthOf(day)}
                    </span>
                  ) : null}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {map.rows.map((feature, rowIndex) => (
              <tr key={feature.feature}>
                <th scope="row" className={clsx(HEAD, 'text-left font-normal')}>
                  <span className="flex items-center gap-1.5">
                    <span className="min-w-0 truncate" title={feature.feature}>
                      {feature.feature}
                    </span>
                    {feature.standing === 'under_used' || feature.standing === 'not_owned' ? (
                      <span
                        className={clsx(
                          'flex-none rounded px-1 text-xs max-sm:hidden',
                          feature.standing === 'under_used' ? 'bg-amber-soft text-amber' : 'bg-raise text-ink-2',
                        )}
                      >
                        {STANDING_WORDS[feature.standing]}
                      </span>
                    ) : null}
                  </span>
                </th>
                {feature.cells.map((cell, weekIndex) => (
                  <td
                    key={map.weeks[weekIndex]}
                    data-place={`${rowIndex}/${weekIndex}`}
                    tabIndex={rowIndex === row && weekIndex === week ? 0 : -1}
                    aria-label={cellInWords(cell, { seats, row: feature, number: format.number })}
                    onFocus={() => {
                      setPlace({ row: rowIndex, week: weekIndex });
                      setPointed({ row: rowIndex, week: weekIndex });
                    }}
                    onBlur={() => setPointed(null)}
                    onPointerEnter={() => setPointed({ row: rowIndex, week: weekIndex })}
                    className="h-6 w-6 min-w-6 p-0 -outline-offset-2 hover:bg-raise"
                  >
                    <Mark cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p aria-hidden="true" className="mt-1.5 min-h-9 text-xs text-ink-2">
        {told === null ? (
          <span className="text-ink-3">
            Point at a week, or use the arrow keys, to read it. A feature without peers is measured by its own busiest
            week; a ring says that a plan limit was reached.
          </span>
        ) : (
          <Told map={map} place={told} seats={seats} />
        )}
      </p>
      <p id="adoption-map-keys" className="sr-only">
        The arrow keys go from week to week and from feature to feature; Home and End to the first and the last week.
        The same figures are in the table below.
      </p>
      <AsTable map={map} seats={seats} />
    </figure>
  );
}

const HEAD = 'sticky left-0 z-1 w-44 min-w-44 max-w-44 bg-panel pr-2 pl-3 max-sm:w-28 max-sm:min-w-28 max-sm:max-w-28';

type Place = { row: number; week: number };
const MOVES: Readonly<Record<string, (at: Place, lastWeek: number) => Place>> = {
  ArrowLeft: ({ row, week }) => ({ row, week: week - 1 }),
  ArrowRight: ({ row, week }) => ({ row, week: week + 1 }),
  ArrowUp: ({ row, week }) => ({ row: row - 1, week }),
  ArrowDown: ({ row, week }) => ({ row: row + 1, week }),
  Home: ({ row }) => ({ row, week: 0 }),
  End: ({ row }, lastWeek) => ({ row, week: lastWeek }),
};

/** Sides of the square and strength of its colour, by level. */
const LEVELS: Record<AdoptionCell['level'], { side: number; strength: number }> = {
  0: { side: 5, strength: 0 },
  1: { side: 8, strength: 35 },
  2: { side: 12, strength: 55 },
  3: { side: 16, strength: 80 },
  4: { side: 20, strength: 100 },
};

function Mark({ cell }: { cell: AdoptionCell | null }) {
  if (cell === null) return null;
  const { side, strength } = LEVELS[cell.level];
  const colour = `color-mix(in oklab, var(--accent) ${strength}%, var(--panel))`;
  return (
    <span
      aria-hidden="true"
      className={clsx('mx-auto block', cell.level === 0 ? 'rounded-full border border-control' : 'rounded-[3px]')}
      style={{
        width: side,
        height: side,
        ...(cell.level === 0 ? {} : { background: colour }),
        ...(cell.limitHits > 0 ? { boxShadow: '0 0 0 1.5px var(--amber)' } : {}),
      }}
    />
  );
}

const LEGEND: readonly [AdoptionCell['level'], string][] = [
  [0, 'not used'],
  [1, 'under a quarter'],
  [2, 'under three quarters'],
  [3, 'about as much'],
  [4, 'more'],
];

function Legend() {
  return (
    <ul aria-label="Legend" className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-ink-3">
      {LEGEND.map(([level, words]) => (
        <li key={level} className="flex items-center gap-1">
          <span className="inline-flex w-5 items-center">
            <Mark cell={{ uses: level, activeUsers: null, limitHits: 0, level }} />
          </span>
          {words}
        </li>
      ))}
    </ul>
  );
}

function Told({ map, place, seats }: { map: Map; place: Place; seats: number | null }) {
  const format = useFormat();
  const row = map.rows[place.row];
  if (row === undefined) return null;
  return (
    <>
      <span className="font-semibold text-ink">{row.feature}</span>, week to{' '}
      {format.date(map.weeks[place.week] ?? null)}:{' '}
      {cellInWords(row.cells[place.week] ?? null, { seats, row, number: format.number })}.
    </>
  );
}

function AsTable({ map, seats }: Props) {
  const format = useFormat();
  return (
    <details className="text-xs">
      <summary className="w-fit rounded text-ink-2 hover:text-ink">Show as a table</summary>
      <ScrollRegion label="Uses of features by week" className="mt-2 max-h-96 rounded-lg border border-line">
        <table aria-label="Uses of features by week" className="w-full border-collapse">
          <thead>
            <tr className="text-left text-ink-3">
              <th scope="col" className="px-3 py-1.5 font-medium">
                Week to
              </th>
              {map.rows.map((row) => (
                <th key={row.feature} scope="col" className="px-3 py-1.5 text-right font-medium">
                  {row.feature}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {map.weeks
              .map((day, week) => (
                <tr key={day} className="border-t border-line">
                  <th scope="row" className="px-3 py-1.5 text-left font-normal whitespace-nowrap">
                    {format.date(day)}
                  </th>
                  {map.rows.map((row) => {
                    const cell = row.cells[week] ?? null;
                    return (
                      <td
                        key={row.feature}
                        title={cellInWords(cell, { seats, row, number: format.number })}
                        className="px-3 py-1.5 text-right"
                      >
                        {cell === null ? '–' : format.number(cell.uses)}
                      </td>
                    );
                  })}
                </tr>
              ))
              .toReversed()}
          </tbody>
        </table>
      </ScrollRegion>
    </details>
  );
}

/** Whether the week is the first of its month, and its name has room before the next one. */
function monthBegins(weeks: readonly string[], index: number): boolean {
  const month = (at: number) => weeks[at]?.slice(0, 7);
  if (index === 0) return month(0) === month(1);
  return month(index) !== month(index - 1) && index < weeks.length - 1;
}

const MONTHS = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });

function monthOf(day: string): string {
  return MONTHS.format(new Date(`${day}T00:00:00Z`));
}
