'use client';

import type { ReviewContent } from '@/lib/contracts/reviews';
import { Figure } from './figure';
import { SeatsPlot } from './plots';
import { Section } from './section';

type Impact = ReviewContent['impact'];

const DIRECTIONS = { better: 'better', worse: 'worse', same: 'same' } as const;

interface Props {
  impact: Impact;
  period: ReviewContent['period'];
  customer: boolean;
}

export function ImpactPart({ impact, period, customer }: Props) {
  const { seatHistory: seats } = impact;
  const first = seats[0];
  const last = seats.at(-1);
  return (
    <Section number={2} title="Return and business impact" summary={impact.summary}>
      {first === undefined || last === undefined || seats.length < 2 ? null : (
        <figure>
          <SeatsPlot
            seats={seats}
            span={{ from: period.from, to: period.complete ? period.to : last.on }}
            label={`Seats in use from ${first.active} to ${last.active}, bought ${last.purchased}`}
          />
          <figcaption>
            Seats as reported: {first.active} of {first.purchased} in use at the start, {last.active} of{' '}
            {last.purchased} at the end.
          </figcaption>
        </figure>
      )}
      {impact.trends.length === 0 ? null : (
        <table>
          <caption>What was reported, from the start to the end</caption>
          <thead>
            <tr>
              <th scope="col">Signal</th>
              <th scope="col" className="review-end">
                At the start
              </th>
              <th scope="col" className="review-end">
                At the end
              </th>
              <th scope="col">Direction</th>
            </tr>
          </thead>
          <tbody>
            {impact.trends.map((trend) => (
              <tr key={trend.label}>
                <th scope="row">{trend.label}</th>
                <td className="review-end">
                  <Figure value={trend.from} />
                </td>
                <td className="review-end">
                  <Figure value={trend.to} />
                </td>
                <td className={trend.direction === null ? undefined : `review-${trend.direction}`}>
                  {trend.direction === null ? '' : DIRECTIONS[trend.direction]}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {customer ? null : (
        <>
          <h3>What is not known</h3>
          <ul>
            {impact.unknown.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}
