'use client';

import dynamic from 'next/dynamic';
import { Card } from '@/app/_components/card';
import { Skeleton } from '@/app/_components/skeleton';

/** Comes with its map once the page is there: no first paint needs it. */
export const AccountAdoption = dynamic(() => import('./adoption-card'), {
  ssr: false,
  loading: () => (
    <Card title="Feature adoption">
      <Skeleton className="h-56" />
    </Card>
  ),
});
