'use client';

import type { Money, OpportunityItem } from '@/lib/contracts';
import { Button } from '../_components/button';
import { Dialog, DialogActions } from '../_components/dialog';
import { useFormat } from '../_lib/use-format';
import { personName, plural } from '../_lib/words';

interface Props {
  items: readonly OpportunityItem[];
  onConfirm: () => void;
  onClose: () => void;
}

/** Says what several dispatches will do, and asks once. */
export default function DispatchManyDialog({ items, onConfirm, onClose }: Props) {
  const format = useFormat();
  const impact = format.moneyList(sumByCurrency(items));
  const reps = [...countByRep(items)];
  return (
    <Dialog
      title={`Dispatch ${items.length} opportunities?`}
      description={`A draft for each, ${impact} in all. Nothing is sent: the rep reads and decides.`}
      onClose={onClose}
    >
      <ul className="max-h-60 overflow-y-auto rounded-[10px] bg-raise px-3 py-2">
        {reps.map(([rep, count]) => (
          <li key={rep ?? ''} className="flex justify-between gap-3 py-0.5">
            <span>{rep === null ? 'No rep yet: the recipient is left empty' : personName(rep)}</span>
            <span className="text-ink-2">
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

function countByRep(items: readonly OpportunityItem[]): Map<string | null, number> {
  const counts = new Map<string | null, number>();
  for (const { account } of items) counts.set(account.repEmail, (counts.get(account.repEmail) ?? 0) + 1);
  return counts;
}
