'use client';

import Link from 'next/link';
import type { OpportunityDetail, OpportunityItem } from '@/lib/contracts';
import { confidenceLabel } from '../_components/confidence-bars';
import { DraftPreview } from '../_components/draft-preview';
import { ErrorState } from '../_components/error-state';
import { GateList } from '../_components/gate-list';
import { RagBadge } from '../_components/rag-badge';
import { PanelSection, SidePanel } from '../_components/side-panel';
import { Skeleton } from '../_components/skeleton';
import { OpportunityStatusBadge } from '../_components/state-badge';
import { Timeline } from '../_components/timeline';
import { useFormat } from '../_lib/use-format';
import { originInWords, personName } from '../_lib/words';
import { DISMISS_WORDS } from './dismiss-words';
import { PanelActions } from './panel-actions';
import { useOpportunity } from './queries';
import type { Dispatching } from './use-dispatching';

/** States of a dispatch that goes on by itself, or waits for a person. */
const WAITING: readonly string[] = ['retrying', 'uncertain'];

interface Props {
  id: string;
  /** What the list knows of it, shown until the rest is there. */
  item: OpportunityItem | undefined;
  dispatching: Dispatching;
  onClose: () => void;
}

export function OpportunityPanel({ id, item, dispatching, onClose }: Props) {
  const { data: detail, error, isFetching, refetch } = useOpportunity(id);
  const head = detail ?? item;
  return (
    <SidePanel
      label={head === undefined ? 'Opportunity' : `${head.account.name}, ${head.title}`}
      contentKey={id}
      onClose={onClose}
      footer={detail === undefined ? undefined : <PanelActions detail={detail} dispatching={dispatching} />}
    >
      {head === undefined ? null : <Header item={head} headline={detail?.headline} />}
      {detail !== undefined ? (
        <Body detail={detail} />
      ) : error !== null ? (
        <ErrorState
          title="This opportunity could not be loaded"
          error={error}
          onRetry={() => void refetch()}
          retrying={isFetching}
        />
      ) : (
        <div role="status" className="mt-6 flex flex-col gap-3">
          <span className="sr-only">Loading the opportunity</span>
          <Skeleton className="h-10" />
          <Skeleton className="h-10" />
          <Skeleton className="h-20" />
        </div>
      )}
    </SidePanel>
  );
}

function Header({ item, headline }: { item: OpportunityItem; headline: string | undefined }) {
  const format = useFormat();
  const { account } = item;
  const people = [
    account.repEmail === null ? null : `${personName(account.repEmail)} (rep)`,
    account.csmEmail === null ? null : `${personName(account.csmEmail)} (CSM)`,
  ].filter((person) => person !== null);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 pr-9">
        <RagBadge rag={account.rag} score={account.score} full />
        {item.status === 'open' ? null : <OpportunityStatusBadge status={item.status} />}
      </div>
      <h2 className="mt-1.5 mb-0.5 text-base font-bold tracking-[-0.015em] text-pretty">
        {headline ?? `${account.name}: ${item.title}`}
      </h2>
      <p className="text-xs text-ink-3">
        <Link
          href={`/accounts/${encodeURIComponent(account.id)}`}
          className="underline decoration-line-strong underline-offset-2 hover:text-ink"
        >
          {account.domain ?? account.name}
        </Link>
        {account.renewalDate === null ? '' : ` · renews ${format.date(account.renewalDate)}`}
        {people.length === 0 ? '' : ` · ${people.join(', ')}`}
      </p>
      <dl className="mt-3.5 grid grid-cols-3 rounded-[10px] border">
        <Fact label="ARR impact" value={format.money(item.impact)} />
        <Fact label="Confidence" value={confidenceLabel(item.confidence)} />
        <Fact label="Seen for" value={format.ageInWords(item.firstSeenAt)} />
      </dl>
    </>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div className="border-l px-3 py-[9px] first:border-l-0">
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="text-base font-semibold">{value}</dd>
    </div>
  );
}

function Body({ detail }: { detail: OpportunityDetail }) {
  const format = useFormat();
  return (
    <>
      {detail.status === 'snoozed' && detail.snoozedUntil !== null ? (
        <Note>Snoozed until {format.date(detail.snoozedUntil)}.</Note>
      ) : null}
      {detail.status === 'dismissed' && detail.dismissReason !== null ? (
        <Note>
          Dismissed: {DISMISS_WORDS[detail.dismissReason].toLowerCase()}.
          {detail.dismissNote === null ? '' : ` ${detail.dismissNote}`}
        </Note>
      ) : null}
      {detail.dispatch?.state === 'failed' && detail.dispatch.errorMessage !== null ? (
        <p role="alert" className="mt-3.5 rounded-[10px] bg-red-soft px-3 py-2 text-red">
          No draft was left: {detail.dispatch.errorMessage}
        </p>
      ) : null}
      {detail.dispatch != null && WAITING.includes(detail.dispatch.state) && detail.dispatch.errorMessage !== null ? (
        <Note>
          No draft yet: {detail.dispatch.errorMessage}{' '}
          <Link
            href={`/dispatches?id=${encodeURIComponent(detail.dispatch.id)}`}
            className="font-medium text-accent hover:underline"
          >
            See the dispatch
          </Link>
        </Note>
      ) : null}
      <PanelSection title="Evidence">
        <Evidence detail={detail} />
      </PanelSection>
      {detail.calculation.length === 0 ? null : (
        <PanelSection title="How the amount comes about">
          <div className="rounded-[10px] bg-raise px-3 py-2.5 text-ink-2">
            {detail.calculation.map((line) => (
              <CalculationLine key={line} line={line} />
            ))}
          </div>
        </PanelSection>
      )}
      <PanelSection title="Talk track">
        <p className="border-l-2 border-accent py-px pl-3 whitespace-pre-line">{detail.talkTrack}</p>
        <p className="mt-1.5 text-xs text-ink-3">
          {originInWords(detail.talkTrackOrigin) ?? 'Handed over by another system'}
        </p>
      </PanelSection>
      <PanelSection title="Gates">
        <GateList gates={detail.gates} />
      </PanelSection>
      {detail.dispatch?.draft == null ? null : (
        <PanelSection title="Draft">
          <DraftPreview dispatchId={detail.dispatch.id} />
        </PanelSection>
      )}
      <PanelSection title="Timeline">
        <Timeline events={detail.timeline} />
      </PanelSection>
    </>
  );
}

function Note({ children }: { children: React.ReactNode }) {
  return <p className="mt-3.5 rounded-[10px] bg-raise px-3 py-2 text-ink-2">{children}</p>;
}

/** Each fact leads to the signal that it was read from. */
function Evidence({ detail }: { detail: OpportunityDetail }) {
  const format = useFormat();
  const account = encodeURIComponent(detail.account.id);
  return (
    <ul className="-mt-2">
      {detail.evidence.map((fact) => (
        <li key={`${fact.signal} ${fact.statement}`} className="border-b py-2 last:border-b-0">
          <div className="flex justify-between gap-3">
            <Link
              href={`/accounts/${account}#signal-${fact.signal}`}
              className="rounded-sm font-semibold hover:text-accent hover:underline"
            >
              {fact.statement}
            </Link>
            <span className="flex-none text-right font-semibold">{fact.value}</span>
          </div>
          <div className="mt-0.5 flex flex-wrap justify-between gap-x-3 text-xs text-ink-3">
            <span>
              {fact.source}, observed {format.dateShort(fact.observedAt)}
            </span>
            <span>{fact.note}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Sets off the result of a step: what follows the equals sign, up to the next clause. */
function CalculationLine({ line }: { line: string }) {
  const [, before, result, after] = /^(.*= )(.+?)((?:[,;] .*)?\.?)$/.exec(line) ?? [];
  if (before === undefined) return <p>{line}</p>;
  return (
    <p>
      {before}
      <b className="font-semibold text-ink">{result}</b>
      {after}
    </p>
  );
}
