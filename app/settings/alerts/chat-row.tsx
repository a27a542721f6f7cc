'use client';

import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { CheckIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { ChatChannelItem } from '@/lib/contracts/alerts';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { useDisconnectChat, useTestChat } from './queries';

const ChatDialog = lazy(() => import('./chat-dialog'));
const ConfirmDialog = lazy(() => import('../confirm-dialog'));

export const CHAT_NAMES: Record<ChatChannelItem['channel'], string> = { slack: 'Slack', google_chat: 'Google Chat' };

/** One chat: whether alerts are posted there, what it said last, and what can be done. */
export function ChatRow({ channel }: { channel: ChatChannelItem }) {
  const format = useFormat();
  const test = useTestChat(channel.channel);
  const [asking, setAsking] = useState(false);
  const name = CHAT_NAMES[channel.channel];
  const press = async () => {
    const tested = test.mutateAsync().then(({ error }) => {
      if (error === null) notify.success(`${name} took the test message`);
      else notify.warning(`${name} took no message`, { description: error });
    });
    await succeeded(tested, 'The test message was not sent');
  };
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 border-t border-line px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold">{name}</span>
          <Badge channel={channel} />
        </div>
        <p className="text-ink-2">
          {channel.connected ? (
            <>
              Posts to {channel.hint}
              {channel.checkedAt === null ? '' : ` · last message ${ago(format, channel.checkedAt)}`}
            </>
          ) : (
            `Make an incoming webhook in ${name} and paste its address here.`
          )}
        </p>
        {channel.error === null ? null : <p className="mt-1 break-words text-red">{channel.error}</p>}
      </div>
      <div className="flex flex-none flex-wrap gap-2">
        {channel.connected ? (
          <>
            <Button size="sm" pending={test.isPending} onClick={() => void press()}>
              Send a test message<span className="sr-only"> to {name}</span>
            </Button>
            <Button size="sm" onClick={() => setAsking(true)}>
              Replace<span className="sr-only"> the webhook of {name}</span>
            </Button>
            <Disconnect channel={channel} />
          </>
        ) : (
          <Button size="sm" variant="primary" onClick={() => setAsking(true)}>
            Connect<span className="sr-only"> {name}</span>
          </Button>
        )}
      </div>
      {asking ? (
        <Suspense>
          <ChatDialog channel={channel.channel} name={name} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </li>
  );
}

function Badge({ channel }: { channel: ChatChannelItem }) {
  if (!channel.connected) {
    return (
      <StateBadge tone="neutral" icon={<MinusIcon />}>
        Not connected
      </StateBadge>
    );
  }
  if (channel.error !== null) {
    return (
      <StateBadge tone="red" icon={<WarningIcon />}>
        Took no message
      </StateBadge>
    );
  }
  return (
    <StateBadge tone="green" icon={<CheckIcon />}>
      {channel.checkedAt === null ? 'Connected' : 'Works'}
    </StateBadge>
  );
}

function Disconnect({ channel }: { channel: ChatChannelItem }) {
  const disconnect = useDisconnectChat(channel.channel);
  const [asking, setAsking] = useState(false);
  const name = CHAT_NAMES[channel.channel];
  const confirm = async () => {
    const gone = disconnect.mutateAsync().then(() => notify.success(`${name} is disconnected`));
    await succeeded(gone, `${name} was not disconnected`);
    setAsking(false);
  };
  return (
    <>
      <Button size="sm" variant="danger" onClick={() => setAsking(true)}>
        Disconnect<span className="sr-only"> {name}</span>
      </Button>
      {asking ? (
        <Suspense>
          <ConfirmDialog
            title={`Disconnect ${name}?`}
            action="Disconnect"
            pending={disconnect.isPending}
            onConfirm={() => void confirm()}
            onClose={() => setAsking(false)}
          >
            <p>The address of the webhook is deleted here. Delete the webhook in {name} too, where nobody needs it.</p>
          </ConfirmDialog>
        </Suspense>
      ) : null}
    </>
  );
}
