'use client';

import type { RunItem } from '@/lib/contracts';
import { Button, ButtonLink } from '../_components/button';
import { EmptyState } from '../_components/empty-state';
import { ProgressBar } from '../_components/progress-bar';
import { Allowed } from '../_lib/viewer';
import type { Tab } from './search-params';

const WORDS: Record<Tab, { title: string; text: string }> = {
  ready: {
    title: 'Nothing is ready for sales',
    text: 'Every account is looked at each morning. What is found and not held by a gate appears here.',
  },
  held: { title: 'No gate holds anything', text: 'Everything that was found may go to sales.' },
  sales: { title: 'Nothing is with sales', text: 'Dispatch an opportunity, and its draft appears here.' },
  closed: { title: 'Nothing is snoozed or closed', text: 'What you snooze, dismiss, win or lose is kept here.' },
  all: { title: 'No opportunities yet', text: 'Every account is looked at each morning.' },
};

interface Props {
  tab: Tab;
  filtered: boolean;
  activeRun: RunItem | null;
  hasCatalogue: boolean;
  onClear: () => void;
  onAll: () => void;
}

/** Why a list is empty, and what to do. */
export function NothingHere({ tab, filtered, activeRun, hasCatalogue, onClear, onAll }: Props) {
  if (filtered) {
    return (
      <EmptyState title="Nothing matches" actions={<Button onClick={onClear}>Clear filters</Button>}>
        No opportunity in this list fits the search and the filters.
      </EmptyState>
    );
  }
  if (activeRun !== null) {
    const share = activeRun.total > 0 ? activeRun.done / activeRun.total : null;
    return (
      <EmptyState
        title="Looking through your accounts"
        actions={
          <div className="w-64">
            <ProgressBar label="Scan" share={share} />
          </div>
        }
      >
        Opportunities appear here as they are found.
      </EmptyState>
    );
  }
  const words = WORDS[tab];
  const lacksCatalogue = !hasCatalogue && (tab === 'ready' || tab === 'all');
  return (
    <EmptyState
      title={words.title}
      actions={
        <>
          {lacksCatalogue ? (
            <Allowed to="portfolio.write">
              <ButtonLink href="/import?kind=catalogue">Import a catalogue</ButtonLink>
            </Allowed>
          ) : null}
          {tab === 'all' ? (
            <Allowed to="operations.read">
              <ButtonLink href="/agents">See the agents</ButtonLink>
            </Allowed>
          ) : (
            <Button onClick={onAll}>Show all</Button>
          )}
        </>
      }
    >
      {words.text}
      {lacksCatalogue ? ' Without a catalogue only seats are looked for: import what you sell.' : ''}
    </EmptyState>
  );
}
