'use client';

import type { ReactNode } from 'react';
import type { AlertDeliveryItem, AlertItem } from '@/lib/contracts/alerts';
import { useFormat } from '../_lib/use-format';
import { personName } from '../_lib/words';
import { DraftLink } from './draft-link';
import { CheckIcon, ClockIcon, CrossIcon, MinusIcon, QuestionIcon } from './icons';
import { NoticeDecision } from './notice-decision';

const CHANNELS: Record<AlertDeliveryItem['channel'], string> = {
  draft_csm: 'Draft for the CSM',
  draft_rep: 'Draft for the rep',
  slack: 'Slack',
  google_chat: 'Google Chat',
  notion: 'Notion',
  events: 'Events',
};
const ORDER = Object.keys(CHANNELS);

const STATES: Record<AlertDeliveryItem['state'], { words: string; icon: ReactNode; tone: string }> = {
  waiting: { words: 'Waits', icon: <ClockIcon />, tone: 'text-ink-2' },
  sending: { words: 'Under way', icon: <ClockIcon />, tone: 'text-ink-2' },
  retrying: { words: 'Tries again', icon: <ClockIcon />, tone: 'text-amber' },
  uncertain: { words: 'Not known', icon: <QuestionIcon />, tone: 'text-amber' },
  done: { words: 'Told', icon: <CheckIcon />, tone: 'text-green' },
  skipped: { words: 'Skipped', icon: <MinusIcon />, tone: 'text-ink-3' },
  failed: { words: 'Failed', icon: <CrossIcon />, tone: 'text-red' },
};

/** What became of an alert on each channel, and what a person can do about it. */
export function AlertDeliveries({ alert }: { alert: AlertItem }) {
  const deliveries = [...alert.deliveries].sort((a, b) => ORDER.indexOf(a.channel) - ORDER.indexOf(b.channel));
  if (deliveries.length === 0) return <p className="text-ink-2">How it is told is being settled.</p>;
  return (
    <ul>
      {deliveries.map((delivery) => (
        <Delivery key={delivery.id} delivery={delivery} />
      ))}
    </ul>
  );
}

function Delivery({ delivery }: { delivery: AlertDeliveryItem }) {
  const format = useFormat();
  const { channel, recipient, state, detail, unanswered, at, href, noticeId } = delivery;
  const { words, icon, tone } = STATES[state];
  const isDraft = channel === 'draft_csm' || channel === 'draft_rep';
  const when = at === null || state === 'skipped' ? null : format.dateTime(at);
  return (
    <li className="flex items-start gap-2 border-b border-line py-2 last:border-b-0">
      <span className={`mt-0.5 [&>svg]:size-3.5 ${tone}`}>{icon}</span>
      <div className="min-w-0 flex-1">
        <span className="font-medium">{CHANNELS[channel]}</span>
        {recipient === null ? null : (
          <span className="text-ink-2" title={recipient}>
            {' '}
            · {personName(recipient)}
          </span>
        )}
        <div className="text-xs break-words text-ink-3">
          {state === 'done' && isDraft ? 'Drafted' : words}
          {when === null ? '' : ` ${state === 'waiting' || state === 'retrying' ? 'until ' : ''}${when}`}
          {detail === null ? '' : ` · ${detail}`}
        </div>
        {unanswered ? (
          <p className="text-xs text-amber">
            An attempt was not answered, so the message may be there twice: a chat cannot be asked.
          </p>
        ) : null}
        {noticeId === null ? null : <NoticeDecision noticeId={noticeId} state={state} />}
      </div>
      {href === null ? null : channel === 'notion' ? (
        <a href={href} target="_blank" rel="noreferrer" className="rounded-sm font-medium text-accent hover:underline">
          Open page
        </a>
      ) : (
        <DraftLink href={href} label={`Open the draft for ${recipient ?? 'nobody'}`} />
      )}
    </li>
  );
}
