'use client';

import type { ReactNode } from 'react';
import { Button } from '@/app/_components/button';
import { Dialog, DialogActions } from '@/app/_components/dialog';

interface Props {
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** On the button that does it, e.g. `Delete`. */
  action: string;
  pending: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once before what cannot be undone. */
export default function ConfirmDialog({ title, children, action, pending, onConfirm, onClose }: Props) {
  return (
    <Dialog title={title} description={children} onClose={onClose}>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" pending={pending} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
