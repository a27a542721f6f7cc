'use client';

import dynamic from 'next/dynamic';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountDetail } from '@/lib/contracts';

const PLOT_HEIGHT = 216;

const ScorePlot = dynamic(() => import('./score-plot'), {
  ssr: false,
  loading: () => <div className="animate-skeleton rounded-lg bg-raise" style={{ height: PLOT_HEIGHT }} />,
});

interface Props {
  history: AccountDetail['history'];
  /** Whether the last score holds to this day. */
  stands: boolean;
}

/** Score history as a plot, in one sentence and, on request, as a table. */
export function ScoreHistory({ history, stands }: Props) {
  const format = useFormat();
  const first = history[0];
  const last = history[history.length - 1];
  if (first === undefined || last === undefined) {
    return <p className="text-ink-2">No score yet. The first scan that can score this account starts the line.</p>;
  }
  const lowest = history.reduce((low, entry) => (entry.score < low.score ? entry : low));
  const highest = history.reduce((high, entry) => (entry.score > high.score ? entry : high));
  return (
    <figure className="m-0">
      <ScorePlot history={history} stands={stands} height={PLOT_HEIGHT} />
      <figcaption className="mt-2 text-xs text-ink-3">
        {history.length === 1
          ? `Scored ${Math.round(last.score)} on ${format.date(last.asOf)}; nothing has changed since.`
          : `From ${Math.round(first.score)} on ${format.date(first.asOf)} to ${Math.round(last.score)} since ${format.date(last.asOf)}. Highest ${Math.round(highest.score)} (${format.dateShort(highest.asOf)}), lowest ${Math.round(lowest.score)} (${format.dateShort(lowest.asOf)}).`}
      </figcaption>
      <details className="mt-1 text-xs">
        <summary className="w-fit rounded text-ink-2 hover:text-ink">Show as a table</summary>
        <div className="mt-2 rounded-lg border border-line">
          <table aria-label="Score history" className="w-full border-collapse">
            <thead>
              <tr className="text-left text-ink-3">
                <th scope="col" className="px-3 py-1.5 font-medium">
                  Since
                </th>
                <th scope="col" className="px-3 py-1.5 text-right font-medium">
                  Score
                </th>
                <th scope="col" className="px-3 py-1.5 font-medium">
                  Health
                </th>
              </tr>
            </thead>
            <tbody>
              {history.toReversed().map((entry) => (
                <tr key={entry.asOf} className="border-t border-line">
                  <td className="px-3 py-1.5">{format.date(entry.asOf)}</td>
                  <td className="px-3 py-1.5 text-right">{Math.round(entry.score)}</td>
                  <td className="px-3 py-1.5">{RAG_WORDS[entry.rag]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

const RAG_WORDS = { GREEN: 'Green', AMBER: 'Amber', RED: 'Red' } as const;
