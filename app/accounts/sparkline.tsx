const WIDTH = 96;
const HEIGHT = 24;
/** The least range of scores that is drawn: a change of two points must not look like a collapse. */
const LEAST_RANGE = 24;

/** The scores of an account as a small step line, oldest first, ending in a dot for today. */
export function Sparkline({ trend }: { trend: readonly number[] }) {
  const last = trend[trend.length - 1];
  const first = trend[0];
  if (first === undefined || last === undefined) return <span className="text-ink-3">–</span>;
  const y = scale(trend);
  const step = trend.length > 1 ? (WIDTH - 6) / (trend.length - 1) : WIDTH - 6;
  const line = trend
    .slice(1)
    .map((score, index) => `H${round(2 + step * (index + 1))}V${round(y(score))}`)
    .join('');
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={inWords(trend.length, first, last)}
      className="block overflow-visible text-ink-3"
    >
      <path
        d={`M2 ${round(y(first))}${line || `H${WIDTH - 4}`}`}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
      <circle cx={WIDTH - 4} cy={round(y(last))} r="2.4" className="fill-accent" />
    </svg>
  );
}

function scale(trend: readonly number[]): (score: number) => number {
  const low = Math.min(...trend);
  const high = Math.max(...trend);
  const range = Math.max(high - low, LEAST_RANGE);
  const bottom = Math.min(Math.max((low + high - range) / 2, 0), 100 - range);
  return (score) => HEIGHT - 3 - ((score - bottom) / range) * (HEIGHT - 6);
}

function inWords(count: number, first: number, last: number): string {
  if (count === 1) return `Score ${Math.round(last)}, one so far`;
  const change = Math.round(last) - Math.round(first);
  const moved = change === 0 ? 'unchanged' : change > 0 ? `up ${change}` : `down ${-change}`;
  return `Score ${Math.round(first)} to ${Math.round(last)} over ${count} readings, ${moved}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
