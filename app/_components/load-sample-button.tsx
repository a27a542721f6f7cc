'use client';

import { notify } from '../_lib/notify';
import { useLoadSample } from '../_lib/sample';
import { Button } from './button';

interface Props {
  variant?: 'default' | 'primary' | 'quiet';
  /** What to do once the accounts are there, e.g. go and see them. */
  onLoaded?: () => void;
}

export function LoadSampleButton({ variant, onLoaded }: Props) {
  const load = useLoadSample();
  const press = () =>
    load.mutate(undefined, {
      onSuccess: () => {
        void notify.success('The sample portfolio is loaded', {
          description: 'Scores and opportunities follow in a moment.',
        });
        onLoaded?.();
      },
      onError: (error) => void notify.failure('The sample portfolio could not be loaded', error),
    });
  return (
    <Button variant={variant} onClick={press} pending={load.isPending}>
      {load.isPending ? 'Loading the sample' : 'Load the sample portfolio'}
    </Button>
  );
}
