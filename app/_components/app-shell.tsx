'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import type { WorkspaceSummary } from '@/lib/contracts';
import { inWords } from '../_lib/runs';
import { toggleTheme } from '../_lib/theme';
import { useFormat } from '../_lib/use-format';
import { useMay, useViewer } from '../_lib/viewer';
import { useWorkspace } from '../_lib/workspace';
import {
  AccountsIcon,
  AgentsIcon,
  AlertsIcon,
  DispatchesIcon,
  LogoIcon,
  OpportunitiesIcon,
  ReviewsIcon,
  SettingsIcon,
  SunIcon,
} from './icons';
import { ProgressBar } from './progress-bar';
import { SignOutButton } from './sign-out-button';

type Count = 'opportunities' | 'accounts' | 'dispatches';

const PLACES: readonly { href: string; label: string; icon: ReactNode; count: Count | null }[] = [
  { href: '/opportunities', label: 'Opportunities', icon: <OpportunitiesIcon />, count: 'opportunities' },
  { href: '/accounts', label: 'Accounts', icon: <AccountsIcon />, count: 'accounts' },
  { href: '/alerts', label: 'Alerts', icon: <AlertsIcon />, count: null },
  { href: '/dispatches', label: 'Dispatches', icon: <DispatchesIcon />, count: 'dispatches' },
  { href: '/reviews', label: 'Reviews', icon: <ReviewsIcon />, count: null },
  { href: '/agents', label: 'Agents', icon: <AgentsIcon />, count: null },
  { href: '/settings', label: 'Settings', icon: <SettingsIcon />, count: null },
];

/** The frame of every page: navigation at the left, or at the foot where the screen is narrow. */
export function AppShell({ children }: { children: ReactNode }) {
  const workspace = useWorkspace().data;
  const pathname = usePathname();
  const seesAgents = useMay('operations.read');
  return (
    <div className="flex h-dvh flex-col lg:flex-row print:block print:h-auto">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="flex flex-none items-center px-5 pt-2 max-sm:px-4 lg:hidden print:hidden">
        <Logo />
        <div className="ml-auto">
          <ThemeButton />
        </div>
      </header>
      <nav
        aria-label="Main"
        className="flex flex-none max-lg:order-last max-lg:border-t max-lg:bg-bg max-lg:pb-[env(safe-area-inset-bottom)] lg:w-52 lg:flex-col lg:border-r lg:px-2.5 lg:py-3.5 print:hidden"
      >
        <div className="flex items-center px-2 pt-1 pb-4 max-lg:hidden">
          <Logo />
          <div className="-my-1 -mr-1 ml-auto">
            <ThemeButton />
          </div>
        </div>
        <ul className="contents lg:flex lg:flex-col lg:gap-0.5">
          {PLACES.filter(({ href }) => href !== '/agents' || seesAgents).map((place) => (
            <Place
              key={place.href}
              {...place}
              here={pathname === place.href || pathname.startsWith(`${place.href}/`)}
              count={place.count === null ? null : (workspace?.[place.count] ?? null)}
            />
          ))}
        </ul>
        <div className="mt-auto border-t px-2 pt-3 text-xs leading-normal text-ink-3 max-lg:hidden">
          {workspace === undefined ? null : <Watch workspace={workspace} />}
          <Who />
        </div>
      </nav>
      <div className="flex min-h-0 min-w-0 flex-1 max-lg:flex-col print:block">
        {workspace?.activeRun == null ? null : (
          <div className="px-5 pt-1 text-xs text-ink-3 max-sm:px-4 lg:hidden print:hidden">
            <Watch workspace={workspace} />
          </div>
        )}
        {children}
      </div>
    </div>
  );
}

function Place({
  href,
  label,
  icon,
  here,
  count,
}: {
  href: string;
  label: string;
  icon: ReactNode;
  here: boolean;
  count: number | null;
}) {
  const format = useFormat();
  return (
    <li className="max-lg:flex-auto">
      <Link
        href={href}
        prefetch={false}
        aria-current={here ? 'page' : undefined}
        className={clsx(
          'flex items-center rounded-[7px] [&>svg]:size-[15px]',
          'max-lg:flex-col max-lg:gap-0.5 max-lg:py-2 max-lg:text-[11px] max-sm:text-[10px] lg:gap-[9px] lg:px-2 lg:py-1.5',
          here ? 'font-semibold text-ink lg:bg-raise' : 'text-ink-2 hover:text-ink lg:hover:bg-raise/60',
          here && 'max-lg:text-accent',
        )}
      >
        {icon}
        {label}
        {count === null ? null : (
          <span className="ml-auto text-xs font-normal text-ink-3 max-lg:sr-only">{format.number(count)}</span>
        )}
      </Link>
    </li>
  );
}

function Watch({ workspace }: { workspace: WorkspaceSummary }) {
  const format = useFormat();
  const { accounts, activeRun, lastScanAt, nextScanAt } = workspace;
  if (activeRun !== null) {
    const known = activeRun.total > 0;
    return (
      <div role="status">
        <div className="mb-1.5 flex justify-between gap-2">
          <span>{inWords(activeRun.job)}</span>
          {known ? <span>{format.percent(activeRun.done / activeRun.total)}</span> : null}
        </div>
        <ProgressBar label={inWords(activeRun.job)} share={known ? activeRun.done / activeRun.total : null} />
        <div className="mt-1.5">
          {known ? `Watching ${format.number(accounts)} ${accounts === 1 ? 'account' : 'accounts'}` : 'Starting'}
        </div>
      </div>
    );
  }
  const scanned = lastScanAt === null ? 'Not scanned yet' : `Scanned ${format.time(lastScanAt)}`;
  return (
    <>
      <i aria-hidden="true" className="mr-1.5 inline-block size-[7px] rounded-full bg-green" />
      Watching {format.number(accounts)} {accounts === 1 ? 'account' : 'accounts'}
      <br />
      {scanned}
      {nextScanAt === null ? '' : `, next ${format.time(nextScanAt)}`}
    </>
  );
}

/** Who is signed in, and the way out. */
function Who() {
  const viewer = useViewer();
  if (!viewer) return null;
  return (
    <div className="mt-3 flex items-center gap-2">
      <span className="min-w-0 flex-1 truncate" title={viewer.email ?? undefined}>
        {viewer.name}
      </span>
      <SignOutButton className="-mr-1 rounded-md px-1 py-0.5 text-ink-2 hover:text-ink" />
    </div>
  );
}

function Logo() {
  return (
    <Link
      href="/opportunities"
      prefetch={false}
      className="flex items-center gap-2 rounded-md text-[14px] font-[650] tracking-[-0.01em]"
    >
      <LogoIcon className="text-accent" />
      Headroom
    </Link>
  );
}

function ThemeButton() {
  return (
    <button
      type="button"
      onClick={toggleTheme}
      title="Light or dark"
      className="grid size-7 place-items-center rounded-md text-ink-3 hover:bg-raise hover:text-ink"
    >
      <SunIcon className="size-[15px]" />
      <span className="sr-only">Switch between light and dark</span>
    </button>
  );
}
