'use client';

import Link from 'next/link';
import { Card } from '@/app/_components/card';
import { ExternalIcon } from '@/app/_components/icons';
import { DispatchStateBadge } from '@/app/_components/state-badge';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountDetail, DispatchItem } from '@/lib/contracts';

/** What was handed to sales. */
export function AccountDispatches({ account }: { account: AccountDetail }) {
  const { dispatches } = account;
  return (
    <Card title="Dispatches" note={dispatches.length === 0 ? undefined : dispatches.length} flush>
      {dispatches.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">
          Nothing was handed to sales yet. Open an opportunity and press «Dispatch to sales».
        </p>
      ) : (
        <ul>
          {dispatches.map((dispatch) => (
            <DispatchRow key={dispatch.id} dispatch={dispatch} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function DispatchRow({ dispatch }: { dispatch: DispatchItem }) {
  const format = useFormat();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2 hover:bg-raise">
      <div className="min-w-0 flex-1 basis-52">
        <Link
          href={`/dispatches?id=${encodeURIComponent(dispatch.id)}`}
          prefetch={false}
          className="rounded-sm font-semibold hover:underline"
        >
          {dispatch.title}
        </Link>
        <span className="block truncate text-xs text-ink-3">
          {dispatch.error?.message ??
            `${dispatch.recipient === null ? 'no recipient yet' : `to ${dispatch.recipient}`} · ${format.dateTime(dispatch.draftedAt ?? dispatch.createdAt)}`}
        </span>
      </div>
      <DispatchStateBadge state={dispatch.state} />
      {dispatch.draft === null ? null : (
        <a
          href={dispatch.draft.href}
          target="_blank"
          rel="noreferrer"
          className="inline-flex items-center gap-1 rounded-sm font-medium text-accent hover:underline"
        >
          Open draft
          <ExternalIcon className="size-3" />
        </a>
      )}
    </li>
  );
}
