'use client';

import { Area, AreaChart, CartesianGrid, ReferenceArea, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountDetail } from '@/lib/contracts';

/** Bands of the traffic light. Colour tells least of them: each carries its name. */
const BANDS = [
  { name: 'Green', from: 70, to: 100, fill: 'var(--green-soft)', ink: 'var(--green)' },
  { name: 'Amber', from: 40, to: 70, fill: 'var(--amber-soft)', ink: 'var(--amber)' },
  { name: 'Red', from: 0, to: 40, fill: 'var(--red-soft)', ink: 'var(--red)' },
] as const;

interface Point {
  at: number;
  score: number;
}

interface Props {
  history: AccountDetail['history'];
  /** Whether the last score holds to this day. */
  stands: boolean;
  height: number;
}

/**
 * The score over time as a step line over the bands of the traffic light: history keeps changes, so between two points
 * the score stood still, and after the last one it may still stand. Loaded when shown, since it brings the chart library.
 */
export default function ScorePlot({ history, stands, height }: Props) {
  const format = useFormat();
  const points = toPoints(history, stands);
  const day = (at: number) => format.dateShort(new Date(at).toISOString());
  return (
    <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 640, height }}>
      <AreaChart data={points} margin={{ top: 4, right: 50, bottom: 0, left: 0 }} accessibilityLayer>
        {BANDS.map((band) => (
          <ReferenceArea
            key={band.name}
            y1={band.from}
            y2={band.to}
            fill={band.fill}
            fillOpacity={0.7}
            stroke="var(--panel)"
            label={{ value: band.name, position: 'right', fill: band.ink, fontSize: 12, offset: 8 }}
          />
        ))}
        <CartesianGrid horizontal={false} vertical={false} />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          ticks={ticksOf(points)}
          tickFormatter={day}
          tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          minTickGap={36}
        />
        <YAxis
          domain={[0, 100]}
          ticks={[0, 40, 70, 100]}
          width={30}
          tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip
          cursor={{ stroke: 'var(--control)', strokeDasharray: '3 3' }}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const point: unknown = payload?.[0]?.payload;
            if (!active || !isPoint(point)) return null;
            return (
              <div className="rounded-lg border border-line-strong bg-panel px-2.5 py-1.5 shadow-pop">
                <strong className="font-semibold">{Math.round(point.score)}</strong>{' '}
                <span className="text-ink-2">{format.date(new Date(point.at).toISOString())}</span>
              </div>
            );
          }}
        />
        <Area
          dataKey="score"
          type="stepAfter"
          stroke="var(--accent)"
          strokeWidth={2}
          fill="none"
          dot={false}
          activeDot={{ r: 4, fill: 'var(--accent)', stroke: 'var(--panel)', strokeWidth: 2 }}
          isAnimationActive={false}
        />
      </AreaChart>
    </ResponsiveContainer>
  );
}

function toPoints(history: AccountDetail['history'], stands: boolean): Point[] {
  const points = history.map((entry) => ({ at: Date.parse(entry.asOf), score: entry.score }));
  const last = points[points.length - 1];
  const now = Date.now();
  return stands && last !== undefined && last.at < now ? [...points, { at: now, score: last.score }] : points;
}

/** Five days, evenly spread. */
function ticksOf(points: readonly Point[]): number[] {
  const from = points[0]?.at ?? 0;
  const to = points[points.length - 1]?.at ?? from;
  return [0, 0.25, 0.5, 0.75, 1].map((share) => from + share * (to - from));
}

function isPoint(value: unknown): value is Point {
  return typeof value === 'object' && value !== null && 'at' in value && 'score' in value;
}
