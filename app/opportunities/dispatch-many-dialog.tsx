'use client';

import type { Money, OpportunityItem } from '@/lib/contracts';
import { Button } from '../_components/button';
import { Dialog, DialogActions } from '../_components/dialog';
import { useFormat } from '../_lib/use-format';
import { personName, plural } from '../_lib/words';
import { useDraftDestinations } from './queries';

interface Props {
  items: readonly OpportunityItem[];
  onConfirm: () => void;
  onClose: () => void;
}

/** Says what several dispatches will do, and asks once. */
export default function DispatchManyDialog({ items, onConfirm, onClose }: Props) {
  const format = useFormat();
  const impact = format.moneyList(sumByCurrency(items));
  const reps = [...groupByRep(items)];
  // One stands for all of a rep: where a draft goes depends on the rep alone.
  const destinations = useDraftDestinations(reps.map(([, { firstId }]) => firstId));
  return (
    <Dialog
      title={`Dispatch ${items.length} opportunities?`}
      description={`A draft for each, ${impact} in all. Nothing is sent: the rep reads and decides.`}
      onClose={onClose}
    >
      <ul className="max-h-60 overflow-y-auto rounded-[10px] bg-raise px-3 py-2">
        {reps.map(([rep, { count }], index) => (
          <li key={rep ?? ''} className="flex justify-between gap-3 py-0.5">
            <span className="min-w-0">
              {rep === null ? 'No rep yet: the recipient is left empty' : personName(rep)}
              <span className="block text-xs text-ink-3">{destinations[index] ?? '…'}</span>
            </span>
            <span className="flex-none text-ink-2">
              {count} {plural(count, 'draft')}
            </span>
          </li>
        ))}
      </ul>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" onClick={onConfirm}>
          Leave {items.length} drafts
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function sumByCurrency(items: readonly OpportunityItem[]): Money[] {
  const sums = new Map<string, number>();
  for (const { impact } of items) {
    if (impact !== null) sums.set(impact.currency, (sums.get(impact.currency) ?? 0) + impact.amountCents);
  }
  return [...sums]
    .map(([currency, amountCents]) => ({ currency, amountCents }))
    .sort((a, b) => b.amountCents - a.amountCents);
}

function groupByRep(items: readonly OpportunityItem[]): Map<string | null, { count: number; firstId: string }> {
  const groups = new Map<string | null, { count: number; firstId: string }>();
  for (const { id, account } of items) {
    const known = groups.get(account.repEmail);
    groups.set(account.repEmail, { count: (known?.count ?? 0) + 1, firstId: known?.firstId ?? id });
  }
  return groups;
}
