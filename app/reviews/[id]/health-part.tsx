'use client';

import { useFormat } from '@/app/_lib/use-format';
import type { ReviewContent } from '@/lib/contracts/reviews';
import { ScorePlot } from './plots';
import { Section } from './section';

type Health = ReviewContent['health'];

interface Props {
  health: Health;
  period: ReviewContent['period'];
  madeOn: string;
}

export function HealthPart({ health, period, madeOn }: Props) {
  const format = useFormat();
  const { first, last, lowest, highest } = health;
  const span = { from: period.from, to: period.complete ? period.to : madeOn.slice(0, 10) };
  return (
    <Section number={1} title="Health" summary={health.summary}>
      {first === null || last === null || lowest === null || highest === null ? null : (
        <figure>
          <ScorePlot
            history={health.history}
            span={span}
            label={`Health score from ${Math.round(first.score)} to ${Math.round(last.score)}, lowest ${Math.round(lowest.score)}, highest ${Math.round(highest.score)}`}
          />
          <figcaption>
            Health score, 0 to 100: green from 70, amber from 40. From {Math.round(first.score)} on{' '}
            {format.date(first.on)} to {Math.round(last.score)} since {format.date(last.on)}.
          </figcaption>
        </figure>
      )}
      {health.moved.length === 0 ? null : <Moved moved={health.moved} />}
      {health.parts.length === 0 ? null : <Parts parts={health.parts} />}
    </Section>
  );
}

function Moved({ moved }: { moved: Health['moved'] }) {
  const format = useFormat();
  return (
    <table>
      <caption>What moved the score</caption>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col" className="review-end">
            Points
          </th>
          <th scope="col" className="review-end">
            Change
          </th>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col" className="review-wide">
            Since
          </th>
        </tr>
      </thead>
      <tbody>
        {moved.map((move) => (
          <tr key={move.part}>
            <th scope="row">{move.label}</th>
            <td className="review-end">
              {points(move.from)} → {points(move.to)}
            </td>
            <td className={move.to < move.from ? 'review-end review-worse' : 'review-end review-better'}>
              {signed(move.to - move.from)}
            </td>
            <td>{move.fromValue ?? 'not known'}</td>
            <td>{move.toValue ?? 'not known'}</td>
            <td className="review-wide">{format.dateShort(move.since)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Parts({ parts }: { parts: Health['parts'] }) {
  return (
    <table className="review-keep">
      <caption>What the score is made of at the end</caption>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col" className="review-wide">
            <span className="sr-only">Share</span>
          </th>
          <th scope="col" className="review-end">
            Points
          </th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.part}>
            <th scope="row">{part.label}</th>
            <td className="review-wide review-bar-cell" aria-hidden="true">
              <div className="review-bar">
                <i style={{ width: `${part.maxPoints === 0 ? 0 : (part.points / part.maxPoints) * 100}%` }} />
              </div>
            </td>
            <td className="review-end">
              {points(part.points)} <span className="review-quiet">of {points(part.maxPoints)}</span>
            </td>
            <td>{part.value ?? 'not known'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Points with one decimal where they have one: `20`, `14.4`. */
function points(value: number): string {
  return (Math.round(value * 10) / 10).toString().replace('-', '−');
}

function signed(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return rounded < 0 ? `−${-rounded}` : `+${rounded}`;
}
