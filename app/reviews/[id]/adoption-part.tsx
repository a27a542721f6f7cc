'use client';

import { useFormat } from '@/app/_lib/use-format';
import type { ReviewContent } from '@/lib/contracts/reviews';
import { Section } from './section';

type Adoption = ReviewContent['adoption'];

export function AdoptionPart({ adoption, customer }: { adoption: Adoption; customer: boolean }) {
  return (
    <Section number={3} title="Feature adoption" summary={adoption.summary}>
      {adoption.adoptionRate === null || adoption.benchmark === null ? null : (
        <Rates rate={adoption.adoptionRate} benchmark={adoption.benchmark} />
      )}
      {adoption.features.length === 0 ? null : <Features adoption={adoption} />}
      {adoption.recommendations.length === 0 ? null : (
        <>
          <h3>{customer ? 'Worth a look' : 'Worth showing them'}</h3>
          <ul>
            {adoption.recommendations.map(({ feature, text }) => (
              <li key={feature}>
                <strong>{feature}</strong>: {text}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** Two bars: theirs and that of comparable accounts. */
function Rates({ rate, benchmark }: { rate: number; benchmark: NonNullable<Adoption['benchmark']> }) {
  const format = useFormat();
  const peers = benchmark.segment === null ? 'Portfolio' : `Segment ${benchmark.segment}`;
  return (
    <figure>
      <div className="review-rates">
        <Rate label="This account" rate={rate} />
        <Rate label={peers} rate={benchmark.adoptionRate} quiet />
      </div>
      <figcaption>
        Share of the known features in use, against {format.number(benchmark.accounts)} other accounts.
      </figcaption>
    </figure>
  );
}

function Rate({ label, rate, quiet = false }: { label: string; rate: number; quiet?: boolean }) {
  const format = useFormat();
  return (
    <>
      <span>{label}</span>
      <span className={quiet ? 'review-bar review-bar-quiet' : 'review-bar'} aria-hidden="true">
        <i style={{ width: `${rate * 100}%` }} />
      </span>
      <span className="review-end">{format.percent(rate)}</span>
    </>
  );
}

function Features({ adoption }: { adoption: Adoption }) {
  const format = useFormat();
  const compared = adoption.features.some(({ peerShare }) => peerShare !== null);
  const most = Math.max(...adoption.features.map(({ uses }) => uses), 1);
  return (
    <table>
      <caption>
        Features, the most used {compared ? 'by comparable accounts ' : ''}first
        {adoption.moreFeatures > 0 ? `; ${format.number(adoption.moreFeatures)} more are not listed` : ''}
      </caption>
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col" className="review-wide">
            <span className="sr-only">{compared ? 'Share of comparable accounts' : 'Share of the most used'}</span>
          </th>
          {compared ? (
            <th scope="col" className="review-end">
              Peers that use it
            </th>
          ) : null}
          <th scope="col" className="review-end">
            Uses
          </th>
          <th scope="col" className="review-end">
            Active users
          </th>
          <th scope="col" className="review-wide">
            Last used
          </th>
        </tr>
      </thead>
      <tbody>
        {adoption.features.map((feature) => (
          <tr key={feature.feature}>
            <th scope="row">{feature.feature}</th>
            <td className="review-wide review-bar-cell" aria-hidden="true">
              <div className={feature.used ? 'review-bar' : 'review-bar review-bar-quiet'}>
                <i style={{ width: `${(compared ? (feature.peerShare ?? 0) : feature.uses / most) * 100}%` }} />
              </div>
            </td>
            {compared ? (
              <td className="review-end">
                {feature.peerShare === null ? 'too few' : format.percent(feature.peerShare)}
              </td>
            ) : null}
            <td className="review-end">
              {feature.used ? format.number(feature.uses) : <span className="review-worse">not used</span>}
            </td>
            <td className="review-end">{feature.activeUsers === null ? '–' : format.number(feature.activeUsers)}</td>
            <td className="review-wide">
              {feature.lastUsedOn === null ? 'never' : format.dateShort(feature.lastUsedOn)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
