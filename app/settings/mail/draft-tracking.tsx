'use client';

import { Card } from '@/app/_components/card';
import { Checkbox } from '@/app/_components/checkbox';
import { notify } from '@/app/_lib/notify';
import { succeeded } from '../failure';
import { useSaveMailSettings } from './queries';

/** Whether the desk may ask Gmail what became of its drafts. */
export function DraftTracking({ on }: { on: boolean }) {
  const save = useSaveMailSettings();
  const change = async (next: boolean) => {
    const saved = await succeeded(save.mutateAsync(next), 'The setting was not saved');
    if (saved) notify.success(next ? 'Draft tracking is allowed' : 'Draft tracking is not allowed any more');
  };
  return (
    <Card title="Draft tracking">
      <div className="flex items-start gap-3">
        <Checkbox
          label="Allow draft tracking in Gmail"
          checked={save.isPending ? save.variables : on}
          disabled={save.isPending}
          onChange={(next) => void change(next)}
        />
        <div className="min-w-0 text-ink-2">
          <p className="font-medium text-ink">Allow draft tracking in Gmail</p>
          <p>
            Consent then includes the scope <code className="font-mono text-xs break-all">gmail.metadata</code>, which
            shows headers of messages, never their text. Who connects from now on is asked for it; others give their
            consent again to take part. Without it the desk sees that a draft is gone, not whether it was sent.
          </p>
        </div>
      </div>
    </Card>
  );
}
