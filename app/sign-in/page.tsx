import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { safePath } from '@/app/_lib/safe-path';
import { currentRuntime, currentViewer } from '@/lib/page';
import { SignInForm } from './sign-in-form';

export const metadata: Metadata = { title: 'Sign in' };

interface Props {
  searchParams: Promise<{ next?: string | string[]; error?: string | string[] }>;
}

export default async function SignInPage({ searchParams }: Props) {
  const { next, error } = await searchParams;
  const target = safePath([next].flat()[0]);
  if (await currentViewer()) redirect(target);
  const runtime = await currentRuntime().catch(() => null);
  return (
    <SignInForm
      next={target}
      google={runtime?.access.methods().google ?? false}
      refused={error !== undefined}
      empty={runtime !== null && (await runtime.access.people.count()) === 0}
    />
  );
}
