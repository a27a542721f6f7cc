'use client';

import type { ReactNode } from 'react';
import { Button } from '@/app/_components/button';
import { CheckIcon, ClockIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { WebhookItem } from '@/lib/contracts/webhooks';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { EndpointMenu } from './endpoint-menu';
import { useChangeWebhook, useTestWebhook } from './queries';
import type { Tab } from './view-state';

/** Up to this many are counted. */
const COUNTED = 1_000;

type Condition = 'disabled' | 'failing' | 'works' | 'new';

const BADGES: Record<Condition, ReactNode> = {
  disabled: (
    <StateBadge tone="neutral" icon={<MinusIcon />}>
      Disabled
    </StateBadge>
  ),
  failing: (
    <StateBadge tone="red" icon={<WarningIcon />}>
      Failing
    </StateBadge>
  ),
  works: (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Works
    </StateBadge>
  ),
  new: (
    <StateBadge tone="neutral" icon={<ClockIcon />}>
      Nothing sent yet
    </StateBadge>
  ),
};

const DISABLED_WORDS: Record<NonNullable<WebhookItem['disabledReason']>, string> = {
  admin: 'Somebody disabled it. What waits is kept, and goes out when it is enabled.',
  gone: 'The receiver said that there is nothing at this address any more. Correct the address, then enable it.',
  failing: 'Nothing got through for days. Once the receiver works again, enable it and replay what failed.',
};

/** One endpoint: what it is told, whether it listens, what waits, and what can be done. */
export function EndpointRow({
  webhook,
  onShowDeliveries,
}: {
  webhook: WebhookItem;
  onShowDeliveries: (tab: Tab) => void;
}) {
  const name = webhook.description || hostOf(webhook.url);
  const condition = conditionOf(webhook);
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 border-t border-line px-4 py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-72">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold break-words">{name}</span>
          {BADGES[condition]}
        </div>
        <p className="text-xs break-all text-ink-3">
          {webhook.url}
          {webhook.url.startsWith('http:') ? ' · not encrypted' : ''}
        </p>
        <p className="mt-1 text-xs text-ink-2">{webhook.eventTypes.join(', ')}</p>
        <Health webhook={webhook} condition={condition} />
        <Counts webhook={webhook} name={name} onShowDeliveries={onShowDeliveries} />
      </div>
      <div className="flex flex-none flex-wrap items-center gap-2">
        {condition === 'disabled' ? <Enable webhook={webhook} name={name} /> : null}
        <SendTest webhook={webhook} name={name} />
        <Button size="sm" onClick={() => onShowDeliveries('all')}>
          Deliveries<span className="sr-only"> to {name}</span>
        </Button>
        <EndpointMenu webhook={webhook} name={name} />
      </div>
    </li>
  );
}

function conditionOf({ enabled, failingSince, lastSuccessAt }: WebhookItem): Condition {
  if (!enabled) return 'disabled';
  if (failingSince !== null) return 'failing';
  return lastSuccessAt === null ? 'new' : 'works';
}

function Health({ webhook, condition }: { webhook: WebhookItem; condition: Condition }) {
  const format = useFormat();
  const { lastSuccessAt, failingSince, lastError, resumesAt, disabledReason, oldSecretUntil } = webhook;
  return (
    <>
      {disabledReason === null ? null : <p className="mt-1 text-ink-2">{DISABLED_WORDS[disabledReason]}</p>}
      {failingSince === null || lastError === null ? null : (
        <p className="mt-1 break-words text-red">
          {lastError}{' '}
          <span className="text-ink-3" title={format.dateTime(failingSince)}>
            Nothing got through since {format.dateTime(failingSince)}.
          </span>
        </p>
      )}
      {condition === 'failing' && resumesAt !== null ? (
        <p className="mt-0.5 text-ink-2">The next attempt is {format.relative(resumesAt)}.</p>
      ) : null}
      {lastSuccessAt === null ? null : (
        <p className="mt-1 text-xs text-ink-3" title={format.dateTime(lastSuccessAt)}>
          Last delivered {ago(format, lastSuccessAt)}
        </p>
      )}
      {oldSecretUntil === null ? null : (
        <p className="mt-1 text-xs text-ink-3">
          The secret of before signs too, until {format.dateTime(oldSecretUntil)}.
        </p>
      )}
    </>
  );
}

function Counts({
  webhook: { waiting, failed },
  name,
  onShowDeliveries,
}: {
  webhook: WebhookItem;
  name: string;
  onShowDeliveries: (tab: Tab) => void;
}) {
  const format = useFormat();
  const counted = (count: number) => `${format.number(count)}${count >= COUNTED ? ' or more' : ''}`;
  if (waiting + failed === 0) return null;
  const link = 'rounded-sm underline decoration-line-strong underline-offset-2 hover:text-ink';
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 text-xs">
      {waiting === 0 ? null : (
        <button type="button" className={`${link} text-ink-2`} onClick={() => onShowDeliveries('waiting')}>
          {counted(waiting)} waiting<span className="sr-only"> for {name}</span>
        </button>
      )}
      {failed === 0 ? null : (
        <button type="button" className={`${link} text-red`} onClick={() => onShowDeliveries('failed')}>
          {counted(failed)} failed<span className="sr-only"> for {name}</span>
        </button>
      )}
    </p>
  );
}

function Enable({ webhook, name }: { webhook: WebhookItem; name: string }) {
  const change = useChangeWebhook();
  const enable = async () => {
    const enabled = change.mutateAsync({ id: webhook.id, patch: { enabled: true } });
    if (await succeeded(enabled, `${name} could not be enabled`)) notify.success(`${name} is enabled`);
  };
  return (
    <Button size="sm" variant="primary" pending={change.isPending} onClick={() => void enable()}>
      Enable<span className="sr-only"> {name}</span>
    </Button>
  );
}

function SendTest({ webhook, name }: { webhook: WebhookItem; name: string }) {
  const test = useTestWebhook();
  const send = async () => {
    const tested = test.mutateAsync(webhook.id).then(({ state, responseStatus, error, history }) => {
      const ms = history.at(-1)?.ms ?? 0;
      if (state === 'delivered') {
        notify.success(`${name} listens`, { description: `It answered ${responseStatus} after ${ms} ms.` });
      } else notify.warning(`${name} did not take the test event`, { description: error ?? undefined });
    });
    await succeeded(tested, 'The test event could not be sent');
  };
  return (
    <Button size="sm" pending={test.isPending} onClick={() => void send()}>
      Send a test event<span className="sr-only"> to {name}</span>
    </Button>
  );
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
