'use client';

import Link from 'next/link';
import { DraftLink } from '@/app/_components/draft-link';
import { NoticeDecision } from '@/app/_components/notice-decision';
import { RagBadge } from '@/app/_components/rag-badge';
import { useFormat } from '@/app/_lib/use-format';
import { personName } from '@/app/_lib/words';
import type { ReviewDetail } from '@/lib/contracts/reviews';
import { AdoptionPart } from './adoption-part';
import { Figure } from './figure';
import { HealthPart } from './health-part';
import { ImpactPart } from './impact-part';
import { NextPart } from './next-part';

/** The review as a document, made of what was stored and nothing else. */
export function ReviewDocument({ review, customer }: { review: ReviewDetail; customer: boolean }) {
  const { content, versions } = review;
  const newest = versions[0];
  return (
    <article className="review-sheet">
      {newest !== undefined && newest.id !== review.id ? (
        <p className="review-notice">
          This is version {review.version}.{' '}
          <Link href={`/reviews/${encodeURIComponent(newest.id)}`} prefetch={false}>
            Version {newest.version} is the current one.
          </Link>
        </p>
      ) : null}
      <Head review={review} />
      <HealthPart health={content.health} period={content.period} madeOn={content.madeAt} />
      <ImpactPart impact={content.impact} period={content.period} customer={customer} />
      <AdoptionPart adoption={content.adoption} customer={customer} />
      {customer ? null : <NextPart next={content.next} accountId={content.account.id} />}
      {customer ? <CustomerFoot review={review} /> : <Foot review={review} />}
    </article>
  );
}

function Head({ review }: { review: ReviewDetail }) {
  const format = useFormat();
  const { account, period, health, impact } = review.content;
  const about = [account.segment, account.plan === null ? null : `${account.plan} plan`].filter(
    (part) => part !== null,
  );
  return (
    <header>
      <p className="review-kicker">Business review · {period.label}</p>
      <h1>{account.name}</h1>
      <p className="review-about">
        {format.date(period.from)} to {format.date(period.to)}
        {period.complete ? '' : ', so far'}
        {about.length === 0 ? '' : ` · ${about.join(' · ')}`}
      </p>
      <div className="review-people">
        <Person duty="Customer success" email={account.csm} />
        <Person duty="Sales" email={account.rep} />
        <span>
          <span className="review-quiet">Health</span>{' '}
          <RagBadge rag={health.last?.rag ?? null} score={health.last?.score ?? null} full />
        </span>
      </div>
      <dl className="review-figures">
        {impact.figures.map((figure) => (
          <div key={figure.label}>
            <dt>{figure.label}</dt>
            <dd>
              <strong>
                <Figure value={figure.value} />
              </strong>
              {figure.note === null ? null : <span className="review-figure-note">{figure.note}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

function Person({ duty, email }: { duty: string; email: string | null }) {
  if (email === null) return null;
  return (
    <span>
      <span className="review-quiet">{duty}</span> <span title={email}>{personName(email)}</span>
    </span>
  );
}

const TRIGGERS: Record<ReviewDetail['trigger'], string> = {
  quarterly: 'by the run for the quarter',
  contract: 'because the contract ends',
  request: 'on request',
};

function CustomerFoot({ review }: { review: ReviewDetail }) {
  const format = useFormat();
  return (
    <footer className="review-foot">
      <p>
        Made on {format.date(review.content.madeAt)} from what was reported in this period. Days are those of{' '}
        {review.content.timeZone}.
      </p>
    </footer>
  );
}

/** Who made it, when, and how it is to be read. */
function Foot({ review }: { review: ReviewDetail }) {
  const format = useFormat();
  const { content, draft, reason, requestedBy, trigger, publication, notice } = review;
  return (
    <footer className="review-foot">
      <p>
        Version {review.version}, made on {format.dateTime(content.madeAt)} {TRIGGERS[trigger]}
        {trigger === 'request' ? ` of ${requestedBy}` : ''}
        {reason === null ? '.' : `: «${reason}».`} Sections 1 to 3 are about the period; section 4 is as of that day.
        Days are those of {content.timeZone}.
      </p>
      <p className="review-screen-only">
        {publication.state === 'published' ? 'Published' : 'Not published'}
        {publication.note === null ? '' : `: ${lowerFirst(publication.note)}`}
        {publication.url !== null && /^https?:/.test(publication.url) ? (
          <>
            {' '}
            <a href={publication.url} target="_blank" rel="noreferrer">
              Open the page
            </a>
          </>
        ) : null}
        {' · '}
        {draft === null ? NOTICES[notice.state] : DRAFTS[draft.state]}
        {draft?.error ? `: ${lowerFirst(draft.error)}` : notice.note === null ? '' : `: ${lowerFirst(notice.note)}`}
        {draft?.href ? (
          <>
            {' '}
            <DraftLink href={draft.href} label="Open the draft that tells of this review" />
          </>
        ) : null}
      </p>
      {draft === null ? null : (
        <div className="review-screen-only">
          <NoticeDecision noticeId={draft.noticeId} state={draft.state} />
        </div>
      )}
    </footer>
  );
}

const NOTICES: Record<ReviewDetail['notice']['state'], string> = {
  pending: 'A draft for the rep follows',
  left: 'A draft tells the rep',
  listed: 'The rep is told with the other reviews of the run',
  skipped: 'No draft tells the rep',
};

const DRAFTS: Record<NonNullable<ReviewDetail['draft']>['state'], string> = {
  queued: 'A draft for the rep follows',
  drafting: 'A draft for the rep is being made',
  retrying: 'A draft for the rep is tried again',
  uncertain: 'Whether a draft tells the rep is not known',
  drafted: 'A draft tells the rep',
  failed: 'No draft tells the rep',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
