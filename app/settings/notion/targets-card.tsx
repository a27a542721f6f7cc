'use client';

import { useState } from 'react';
import { Card } from '@/app/_components/card';
import { MenuButton } from '@/app/_components/menu-button';
import { notify } from '@/app/_lib/notify';
import type { NotionOverview, NotionTargetName, NotionTargetRequest } from '@/lib/contracts/notion';
import { succeeded } from '../failure';
import { PlaceLink } from './accounts-card';
import { PlacePicker } from './place-picker';
import { useChooseTarget } from './queries';

const TARGETS: readonly { target: NotionTargetName; name: string; what: string }[] = [
  {
    target: 'expansion',
    name: 'Expansion',
    what: 'One record an opportunity: type, confidence, impact, evidence, talk track, and its dispatch.',
  },
  { target: 'health', name: 'Health records', what: 'One record a churn alert.' },
  { target: 'review', name: 'QBRs', what: 'One page a quarterly business review.' },
];

/** The databases that the desk fills, each chosen or made under a page. */
export function TargetsCard({ targets }: { targets: NotionOverview['targets'] }) {
  const choose = useChooseTarget();
  const [picking, setPicking] = useState<{ target: NotionTargetName; kind: 'page' | 'data_source' } | null>(null);
  const save = async (target: NotionTargetName, request: NotionTargetRequest) => {
    const changed = choose.mutateAsync({ target, request }).then(({ targets: after }) => {
      const place = after[target];
      notify.success(place === null ? 'Left out from now on' : `Records go to ${place.title}`);
    });
    if (await succeeded(changed, 'The database could not be chosen')) setPicking(null);
  };
  return (
    <Card title="Databases that Headroom fills" note="What has no database is left out" flush>
      {TARGETS.map(({ target, name, what }) => {
        const place = targets[target];
        return (
          <div key={target}>
            <div className="flex flex-wrap items-start gap-x-3 gap-y-2 border-t border-line px-4 py-3">
              <div className="min-w-0 flex-1 basis-64">
                <p className="font-semibold">{name}</p>
                <p className="text-ink-2">{what}</p>
                <p className="text-ink-2">{place === null ? 'Left out.' : <PlaceLink place={place} />}</p>
              </div>
              <MenuButton
                label={`Database for ${name}`}
                size="sm"
                entries={[
                  {
                    kind: 'action',
                    id: 'create',
                    label: 'Create one under a page…',
                    onSelect: () => setPicking({ target, kind: 'page' }),
                  },
                  {
                    kind: 'action',
                    id: 'choose',
                    label: 'Choose one that is there…',
                    onSelect: () => setPicking({ target, kind: 'data_source' }),
                  },
                  ...(place === null
                    ? []
                    : [
                        {
                          kind: 'action' as const,
                          id: 'none',
                          label: 'Leave out',
                          onSelect: () => void save(target, { none: true }),
                        },
                      ]),
                ]}
              >
                {place === null ? 'Set up' : 'Change'}
                <span className="sr-only">{name}</span>
              </MenuButton>
            </div>
            {picking?.target === target ? (
              <PlacePicker
                kind={picking.kind}
                action={picking.kind === 'page' ? 'Create here' : 'Choose'}
                pending={choose.isPending}
                onPick={(id) =>
                  void save(target, picking.kind === 'page' ? { parentPageId: id } : { dataSourceId: id })
                }
                onCancel={() => setPicking(null)}
              />
            ) : null}
          </div>
        );
      })}
    </Card>
  );
}
