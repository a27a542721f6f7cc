'use client';

import { useFormat } from '@/app/_lib/use-format';
import type { ReviewContent } from '@/lib/contracts/reviews';

/** Bands of the traffic light. Colour tells least of them: each carries its name. */
const BANDS = [
  { name: 'Green', from: 70, to: 100, fill: 'var(--green-soft)', ink: 'var(--green)' },
  { name: 'Amber', from: 40, to: 70, fill: 'var(--amber-soft)', ink: 'var(--amber)' },
  { name: 'Red', from: 0, to: 40, fill: 'var(--red-soft)', ink: 'var(--red)' },
] as const;

interface Span {
  from: string;
  to: string;
}

/** Shapes stretch with the page; words around them do not, so that both print as they are read. */
const WIDTH = 1000;
const HEIGHT = 100;

/** Score over time as a step line: between two points the score stood still. */
export function ScorePlot({
  history,
  span,
  label,
}: {
  history: ReviewContent['health']['history'];
  span: Span;
  label: string;
}) {
  const place = placeOn(span);
  const steps = history.map(({ on, score }) => ({ x: place(on), y: HEIGHT - score }));
  return (
    <Plot label={label} span={span} scale={['100', '70', '40', '0']} at={[0, 30, 60, 100]} bands={BANDS}>
      {BANDS.map(({ name, from, to, fill }) => (
        <rect key={name} x="0" width={WIDTH} y={HEIGHT - to} height={to - from} fill={fill} />
      ))}
      <Steps points={steps} stroke="var(--accent)" />
    </Plot>
  );
}

/** Seats bought and in use over time. */
export function SeatsPlot({
  seats,
  span,
  label,
}: {
  seats: ReviewContent['impact']['seatHistory'];
  span: Span;
  label: string;
}) {
  const format = useFormat();
  const most = niceAbove(Math.max(...seats.map(({ active, purchased }) => Math.max(active, purchased)), 1));
  const place = placeOn(span);
  const line = (key: 'active' | 'purchased') =>
    seats.map((point) => ({ x: place(point.on), y: HEIGHT - (point[key] / most) * HEIGHT }));
  return (
    <>
      <Plot label={label} span={span} scale={[format.number(most), format.number(most / 2), '0']} at={[0, 50, 100]}>
        {[0, 50, 100].map((y) => (
          <line key={y} x1="0" x2={WIDTH} y1={y} y2={y} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
        ))}
        <Steps points={line('purchased')} stroke="var(--control)" dashed />
        <Steps points={line('active')} stroke="var(--accent)" />
      </Plot>
      <p className="review-legend" aria-hidden="true">
        <i className="review-key" /> In use <i className="review-key review-key-dashed" /> Bought
      </p>
    </>
  );
}

function Plot({
  label,
  span,
  scale,
  at,
  bands,
  children,
}: {
  label: string;
  span: Span;
  scale: readonly string[];
  /** Where the words of the scale stand, in percent from the top. */
  at: readonly number[];
  bands?: typeof BANDS;
  children: React.ReactNode;
}) {
  const format = useFormat();
  return (
    <div className="review-plot" role="img" aria-label={label}>
      <div className="review-scale" aria-hidden="true">
        {scale.map((word, index) => (
          <span key={word} style={{ top: `${at[index]}%` }}>
            {word}
          </span>
        ))}
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {children}
      </svg>
      <div className="review-bands" aria-hidden="true">
        {bands?.map(({ name, from, to, ink }) => (
          <span key={name} style={{ top: `${100 - (from + to) / 2}%`, color: ink }}>
            {name}
          </span>
        ))}
      </div>
      <div className="review-days" aria-hidden="true">
        <span>{format.dateShort(span.from)}</span>
        <span>{format.dateShort(middleOf(span))}</span>
        <span>{format.dateShort(span.to)}</span>
      </div>
    </div>
  );
}

function Steps({
  points,
  stroke,
  dashed = false,
}: {
  points: readonly { x: number; y: number }[];
  stroke: string;
  dashed?: boolean;
}) {
  const [first] = points;
  if (first === undefined) return null;
  const path = points.map(({ x, y }, index) => (index === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`));
  return (
    <path
      d={`${path.join('')}H${WIDTH}`}
      fill="none"
      stroke={stroke}
      strokeWidth="2"
      strokeDasharray={dashed ? '5 4' : undefined}
      vectorEffect="non-scaling-stroke"
    />
  );
}

/** Where a day stands on the plot. */
function placeOn({ from, to }: Span): (day: string) => number {
  const start = Date.parse(from);
  const length = Math.max(Date.parse(to) - start, 1);
  return (day) => Math.min(1, Math.max(0, (Date.parse(day) - start) / length)) * WIDTH;
}

function middleOf({ from, to }: Span): string {
  return new Date((Date.parse(from) + Date.parse(to)) / 2).toISOString().slice(0, 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** 1, 2 or 5 times a power of ten, above the value. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}
