import type { AccountDetail } from '@/lib/contracts';

type Health = NonNullable<AccountDetail['health']>;

/** The eleven parts of the score as bars: filled is won, hollow is lost; below them the factors and the sum. */
export function ScoreBreakdown({ health }: { health: Health }) {
  const most = Math.max(...health.parts.map((part) => part.maxPoints), 1);
  const won = health.parts.reduce((sum, part) => sum + part.points, 0);
  return (
    <div>
      <table className="w-full border-collapse">
        <caption className="sr-only">Points won of those to be had, by part of the score</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Points</th>
            <th scope="col">Value behind it</th>
          </tr>
        </thead>
        <tbody>
          {health.parts.map((part) => (
            <PartRow key={part.part} part={part} most={most} />
          ))}
        </tbody>
      </table>
      <dl className="mt-2 border-t border-line pt-2">
        <Sum label="Points won" value={points(won)} />
        {health.factors.map((factor) => (
          <Sum key={factor.signal} label={factorInWords(factor)} value={`× ${factor.factor.toFixed(2)}`} lowers />
        ))}
        <Sum label="Health score" value={points(health.score)} strong />
      </dl>
    </div>
  );
}

const FACTORS: Readonly<Record<string, string>> = {
  collectionsRisk: 'Collections risk',
  tamHealthRag: 'TAM rating',
};

/** What lowers the whole score: `Collections risk is critical`. */
function factorInWords({ signal, value }: Health['factors'][number]): string {
  return `${FACTORS[signal] ?? signal} is ${value.toLowerCase()}`;
}

function PartRow({ part, most }: { part: Health['parts'][number]; most: number }) {
  const share = part.maxPoints === 0 ? 0 : part.points / part.maxPoints;
  return (
    <tr className="grid grid-cols-[1fr_auto] gap-x-4 py-[5px] sm:grid-cols-[minmax(120px,1.1fr)_minmax(90px,1.6fr)_72px_minmax(110px,1.2fr)] sm:items-center">
      <th scope="row" className="text-left font-medium text-ink">
        {part.label}
      </th>
      <td aria-hidden className="order-3 col-span-2 py-1 sm:order-none sm:col-span-1 sm:py-0">
        <div
          className="flex h-2 overflow-hidden rounded-[3px] border border-control"
          style={{ width: `${(part.maxPoints / most) * 100}%` }}
        >
          <div className="bg-accent" style={{ width: `${share * 100}%` }} />
        </div>
      </td>
      <td className="text-right whitespace-nowrap tabular-nums">
        <span className="font-medium text-ink">{points(part.points)}</span>
        <span className="text-ink-3">
          <span aria-hidden> / </span>
          <span className="sr-only"> of </span>
          {points(part.maxPoints)}
        </span>
      </td>
      <td className="order-2 col-span-2 text-ink-2 sm:order-none sm:col-span-1">{part.value}</td>
    </tr>
  );
}

function Sum({ label, value, lowers, strong }: { label: string; value: string; lowers?: boolean; strong?: boolean }) {
  return (
    <div className="flex justify-between gap-4 py-0.5 tabular-nums">
      <dt className={strong ? 'font-semibold' : 'text-ink-2'}>{label}</dt>
      <dd className={strong ? 'font-semibold' : lowers ? 'font-medium text-amber' : 'font-medium'}>{value}</dd>
    </div>
  );
}

/** Points with one decimal where they have one: `20`, `14.4`. */
function points(value: number): string {
  return (Math.round(value * 10) / 10).toString();
}
