import type { Metadata } from 'next';
import { openPage } from '@/lib/page';
import { ImportView } from './import-view';

export const metadata: Metadata = { title: 'Import' };

export default async function ImportPage() {
  await openPage('/import');
  return <ImportView />;
}
