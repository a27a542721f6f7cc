'use client';

import { RagBadge } from '@/app/_components/rag-badge';
import { StatTile, StatTiles } from '@/app/_components/stat-tile';
import { useFormat } from '@/app/_lib/use-format';
import { personName } from '@/app/_lib/words';
import type { AccountDetail } from '@/lib/contracts';
import { renewalInWords } from '../account-columns';
import { ChurnRisk } from '../churn-risk';

type Trigger = NonNullable<AccountDetail['health']>['churnTriggeredBy'];

const TRIGGER_WORDS: Record<Trigger, string | null> = {
  none: null,
  contract_proximity: 'renewal is close and health is not green',
  behavioral: 'usage falls and logins are rare',
  both: 'renewal is close and usage falls',
};

/** Who this is, in one line and a strip of figures. */
export function AccountFacts({ account }: { account: AccountDetail }) {
  const format = useFormat();
  const { health } = account;
  const because = health === null ? null : TRIGGER_WORDS[health.churnTriggeredBy];
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-x-2.5 gap-y-1.5 text-ink-2">
        <RagBadge rag={account.rag} score={account.score} full />
        <Line account={account} />
      </div>
      <div className="-mx-5 max-sm:-mx-4">
        <StatTiles label="The account in figures">
          <StatTile
            label="ARR"
            value={account.arr === null ? '–' : format.money(account.arr)}
            note={account.plan ?? undefined}
          />
          <StatTile label="Seats in use" value={<Seats account={account} />} note={<SeatsLeft account={account} />} />
          <StatTile
            label="Renewal"
            value={account.daysToRenewal === null ? '–' : renewalInWords(account.daysToRenewal)}
            note={account.renewalDate === null ? 'no date known' : format.date(account.renewalDate)}
          />
          <StatTile
            label="Churn risk"
            value={<ChurnRisk level={account.churnRiskLevel} />}
            note={because ?? undefined}
          />
          <StatTile label="Owners" value={<People account={account} />} />
          <div className="bg-panel @2xl:hidden" />
        </StatTiles>
      </div>
    </div>
  );
}

function Line({ account }: { account: AccountDetail }) {
  const format = useFormat();
  const parts = [
    account.domain ?? account.id,
    account.segment,
    account.status,
    account.contractStart === null ? null : `customer since ${format.date(account.contractStart)}`,
    `from ${account.source}`,
  ].filter((part) => part !== null && part !== '');
  return <span className="min-w-0 break-words">{parts.join(' · ')}</span>;
}

function Seats({ account }: { account: AccountDetail }) {
  const format = useFormat();
  const { seatsActive, seatsPurchased } = account;
  if (seatsPurchased === null) return seatsActive === null ? '–' : format.number(seatsActive);
  return (
    <>
      {seatsActive === null ? '?' : format.number(seatsActive)}
      <span className="text-base font-medium text-ink-2"> of {format.number(seatsPurchased)}</span>
    </>
  );
}

/** `3 free`, `11 over`. A share would hide it: 1,955 of 1,959 rounds to 100 %. */
function SeatsLeft({ account }: { account: AccountDetail }) {
  const format = useFormat();
  const { seatsActive, seatsPurchased } = account;
  if (seatsActive === null || seatsPurchased === null) return null;
  const left = seatsPurchased - seatsActive;
  return left < 0 ? `${format.number(-left)} over` : `${format.number(left)} free`;
}

function People({ account }: { account: AccountDetail }) {
  return (
    <span className="block text-sm leading-normal font-normal tracking-normal">
      <Person email={account.csmEmail} duty="CSM" />
      <Person email={account.repEmail} duty="rep" />
    </span>
  );
}

function Person({ email, duty }: { email: string | null; duty: string }) {
  if (email === null) return <span className="block text-ink-3">No {duty} known</span>;
  return (
    <span className="block truncate" title={email}>
      <span className="font-medium">{personName(email)}</span> <span className="text-ink-3">{duty}</span>
    </span>
  );
}
