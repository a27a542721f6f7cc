'use client';

import { lazy, Suspense, useEffect, useState } from 'react';
import { onToasterWanted } from '../_lib/notify';

const Toaster = lazy(() => import('./toaster'));

export function LazyToaster() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => onToasterWanted(() => setWanted(true)), []);
  if (!wanted) return null;
  return (
    <Suspense>
      <Toaster />
    </Suspense>
  );
}
