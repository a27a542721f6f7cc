'use client';

import clsx from 'clsx';
import { StatTile, StatTiles } from '@/app/_components/stat-tile';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountSummary, Rag } from '@/lib/contracts';

const BANDS: readonly { rag: Rag; label: string; bar: string; text: string; shape: React.ReactNode }[] = [
  { rag: 'GREEN', label: 'Green', bar: 'bg-green', text: 'text-green', shape: <circle cx="5" cy="5" r="5" /> },
  { rag: 'AMBER', label: 'Amber', bar: 'bg-amber', text: 'text-amber', shape: <path d="M5 0l5 10H0z" /> },
  { rag: 'RED', label: 'Red', bar: 'bg-red', text: 'text-red', shape: <rect width="10" height="10" rx="2" /> },
];

interface Props {
  summary: AccountSummary;
  /** The bands that the list is filtered by. */
  selected: readonly Rag[];
  onSelect: (rag: Rag[]) => void;
}

export function AccountTiles({ summary, selected, onSelect }: Props) {
  const format = useFormat();
  const scored = summary.total - summary.unscored;
  const atRisk = summary.byRag.RED + summary.byRag.AMBER;
  return (
    <StatTiles label="The portfolio in figures">
      <StatTile label="Accounts" value={format.number(summary.total)} note="watched" wide>
        <div aria-hidden="true" className="mt-2.5 flex h-1.5 gap-0.5">
          {BANDS.map((band) =>
            summary.byRag[band.rag] === 0 ? null : (
              <i
                key={band.rag}
                className={clsx('min-w-1 rounded-[3px]', band.bar)}
                style={{ flex: summary.byRag[band.rag] }}
              />
            ),
          )}
        </div>
        <div className="mt-1.5 -ml-1.5 flex flex-wrap gap-x-1">
          {BANDS.map((band) => {
            const on = selected.includes(band.rag);
            return (
              <button
                key={band.rag}
                type="button"
                aria-pressed={on}
                title={on ? 'Show all again' : `Show only ${band.label.toLowerCase()}`}
                onClick={() => onSelect(on ? selected.filter((rag) => rag !== band.rag) : [...selected, band.rag])}
                className={clsx(
                  'inline-flex min-h-6 items-center gap-1.5 rounded-md px-1.5 text-xs hover:bg-raise',
                  on ? 'bg-raise font-semibold text-ink' : 'text-ink-2',
                )}
              >
                <svg
                  viewBox="0 0 10 10"
                  width="8"
                  height="8"
                  fill="currentColor"
                  aria-hidden="true"
                  className={band.text}
                >
                  {band.shape}
                </svg>
                {band.label} {format.number(summary.byRag[band.rag])}
              </button>
            );
          })}
        </div>
      </StatTile>
      <StatTile
        label="Healthy"
        value={scored === 0 ? '–' : format.percent(summary.byRag.GREEN / scored)}
        note={`${format.number(summary.byRag.GREEN)} green`}
      />
      <StatTile label="Need a look" value={format.number(atRisk)} note={`${format.number(summary.byRag.RED)} red`} />
      <StatTile
        label="Not scored"
        value={format.number(summary.unscored)}
        note={summary.unscored === 0 ? 'all signals there' : 'signals missing'}
      />
    </StatTiles>
  );
}
