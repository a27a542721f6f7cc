'use client';

import { useEffect } from 'react';
import { Toaster as SonnerToaster, toast } from 'sonner';
import { toasterMounted } from '../_lib/notify';

/** Loaded when the first toast is raised. */
export default function Toaster() {
  useEffect(() => toasterMounted(toast), []);
  return (
    <SonnerToaster
      className="font-sans!"
      position="bottom-center"
      mobileOffset={{ bottom: '4.5rem' }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-full items-center gap-2.5 rounded-xl border border-line-strong bg-panel px-3.5 py-2.5 text-sm text-ink shadow-pop sm:w-[356px]',
          title: 'font-semibold',
          description: 'text-ink-2',
          icon: 'flex-none',
          content: 'min-w-0 flex-1',
          actionButton: 'flex-none rounded-md px-2 py-1 font-semibold text-accent hover:bg-raise',
          cancelButton: 'flex-none rounded-md px-2 py-1 text-ink-2 hover:bg-raise',
          success: '[&_[data-icon]]:text-green',
          warning: '[&_[data-icon]]:text-amber',
          error: '[&_[data-icon]]:text-red',
        },
      }}
    />
  );
}
