'use client';

import Link from 'next/link';
import { confidenceLabel } from '@/app/_components/confidence-bars';
import { GateList } from '@/app/_components/gate-list';
import { useFormat } from '@/app/_lib/use-format';
import type { ReviewContent } from '@/lib/contracts/reviews';
import { Section } from './section';

type Next = ReviewContent['next'];

export function NextPart({ next, accountId }: { next: Next; accountId: string }) {
  return (
    <Section number={4} title="Expansion and next steps" summary={next.summary}>
      <h3>Next steps</h3>
      <ol className="review-steps">
        {next.steps.map(({ text, because }) => (
          <li key={text}>
            <strong>{text}</strong> <span className="review-because">{because}</span>
          </li>
        ))}
      </ol>
      {next.opportunities.length === 0 ? null : <Opportunities next={next} accountId={accountId} />}
      {next.dispatched.length + next.settled.length === 0 ? null : <Past next={next} />}
      <div className="review-keep">
        <h3>Gates</h3>
        <p className="review-quiet">What an opportunity has to pass before it is handed to sales.</p>
        <GateList gates={next.gates} />
      </div>
    </Section>
  );
}

function Opportunities({ next, accountId }: { next: Next; accountId: string }) {
  const format = useFormat();
  return (
    <>
      <table>
        <caption>
          Open opportunities{next.openImpact.length === 0 ? '' : `, worth ${format.moneyList(next.openImpact)} a year`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Opportunity</th>
            <th scope="col">Confidence</th>
            <th scope="col">State</th>
            <th scope="col" className="review-end">
              ARR impact
            </th>
          </tr>
        </thead>
        <tbody>
          {next.opportunities.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                {one.title}
                <span className="review-why">{one.why}</span>
              </th>
              <td>{confidenceLabel(one.confidence)}</td>
              <td>{one.status}</td>
              <td className="review-end">{format.money(one.impact)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {next.moreOpportunities > 0 ? (
        <p>
          And {format.number(next.moreOpportunities)} more on{' '}
          <Link href={`/accounts/${encodeURIComponent(accountId)}`} prefetch={false}>
            the page of the account
          </Link>
          .
        </p>
      ) : null}
    </>
  );
}

function Past({ next }: { next: Next }) {
  const format = useFormat();
  const rows = [
    ...next.dispatched.map((one) => ({ ...one, what: 'handed to sales' })),
    ...next.settled.map((one) => ({ ...one, what: one.outcome })),
  ];
  return (
    <table>
      <caption>
        In this period{next.moreDispatched > 0 ? `; ${format.number(next.moreDispatched)} more were handed over` : ''}
      </caption>
      <thead>
        <tr>
          <th scope="col">Opportunity</th>
          <th scope="col">What became of it</th>
          <th scope="col">On</th>
          <th scope="col" className="review-end">
            ARR impact
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.title} ${row.what} ${row.on}`}>
            <th scope="row">{row.title}</th>
            <td>{row.what}</td>
            <td>{format.date(row.on)}</td>
            <td className="review-end">{format.money(row.impact)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
