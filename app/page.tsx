import { redirect } from 'next/navigation';
import { currentViewer } from '@/lib/page';

export default async function HomePage() {
  redirect((await currentViewer()) ? '/opportunities' : '/sign-in');
}
