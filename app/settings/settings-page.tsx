'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { Page } from '@/app/_components/page';
import { useCurrentInView } from '@/app/_lib/use-current-in-view';
import { useViewer } from '@/app/_lib/viewer';
import type { Permission } from '@/lib/domain/access';

const PLACES: readonly { href: string; label: string; needs: Permission }[] = [
  { href: '/settings', label: 'You', needs: 'self' },
  { href: '/settings/mail', label: 'Mail', needs: 'mailbox' },
  { href: '/settings/alerts', label: 'Alerts', needs: 'administer' },
  { href: '/settings/notion', label: 'Notion', needs: 'administer' },
  { href: '/settings/people', label: 'People', needs: 'administer' },
  { href: '/settings/api-keys', label: 'API keys', needs: 'administer' },
  { href: '/settings/schedule', label: 'Schedule', needs: 'administer' },
  { href: '/settings/webhooks', label: 'Webhooks', needs: 'administer' },
  { href: '/settings/audit', label: 'Audit log', needs: 'administer' },
  { href: '/settings/data', label: 'Data', needs: 'administer' },
];

interface Props {
  /** Beside the title. */
  actions?: ReactNode;
  panel?: ReactNode;
  /** At the right of the navigation, e.g. filters. */
  tools?: ReactNode;
  children: ReactNode;
}

/** The frame of every settings page: the title, and the way to the others that the viewer may see. */
export function SettingsPage({ actions, panel, tools, children }: Props) {
  const pathname = usePathname();
  const places = useCurrentInView<HTMLUListElement>();
  const permissions = useViewer()?.permissions ?? [];
  return (
    <Page title="Settings" actions={actions} panel={panel}>
      <div className="flex flex-none flex-wrap items-center gap-1.5 px-5 pb-3 max-sm:px-4">
        <nav aria-label="Settings" className="min-w-0 max-w-full">
          <ul ref={places} className="-mx-1 flex gap-1 overflow-x-auto px-1 py-0.5 [scrollbar-width:none]">
            {PLACES.filter(({ needs }) => permissions.includes(needs)).map(({ href, label }) => (
              <li key={href} className="flex-none">
                <Link
                  href={href}
                  prefetch={false}
                  aria-current={pathname === href ? 'page' : undefined}
                  className={clsx(
                    'block rounded-[7px] px-2.5 py-1 -outline-offset-2',
                    pathname === href
                      ? 'bg-raise font-semibold text-ink'
                      : 'font-medium text-ink-2 hover:bg-raise/60 hover:text-ink',
                  )}
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        {tools === undefined ? null : (
          <div className="ml-auto flex flex-wrap items-center gap-1.5 max-sm:ml-0">{tools}</div>
        )}
      </div>
      {children}
    </Page>
  );
}
