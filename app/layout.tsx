import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import { GeistSans } from 'geist/font/sans';
import type { Metadata, Viewport } from 'next';
import { cookies } from 'next/headers';
import { permissionsOf, scopeOf } from '@/lib/domain/access';
import { currentRuntime, currentViewer } from '@/lib/page';
import { AppShell } from './_components/app-shell';
import { getQueryClient } from './_lib/query-client';
import { parseTheme, THEME_COOKIE } from './_lib/theme';
import { ViewerProvider } from './_lib/viewer';
import { workspaceKey } from './_lib/workspace';
import './globals.css';
import { Providers } from './providers';

// The shell shows live counts, so no page is built ahead of time.
export const dynamic = 'force-dynamic';

export const metadata: Metadata = {
  title: { default: 'Headroom', template: '%s · Headroom' },
  description: 'The expansion desk: health, opportunities, and drafts that wait for a person.',
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfbfa' },
    { media: '(prefers-color-scheme: dark)', color: '#131312' },
  ],
};

export default async function RootLayout({ children }: { children: React.ReactNode }) {
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value);
  const viewer = await currentViewer();
  const queryClient = getQueryClient();
  // Before anything is read: whatever is told from here on, the page may not know.
  const position = viewer ? (await currentRuntime()).eventPosition() : null;
  if (viewer) {
    // A prefetch swallows its error: where the runtime is down the shell still renders and the browser asks again.
    await queryClient.prefetchQuery({
      queryKey: workspaceKey,
      queryFn: async () => (await currentRuntime()).readsFor(scopeOf(viewer)).workspace(),
    });
  }

  return (
    <html lang="en" className={GeistSans.variable} data-theme={theme ?? undefined} suppressHydrationWarning>
      <body>
        <Providers renderedAt={Date.now()} position={position}>
          <ViewerProvider viewer={viewer && { ...viewer, permissions: permissionsOf(viewer) }}>
            <HydrationBoundary state={dehydrate(queryClient)}>
              {viewer ? <AppShell>{children}</AppShell> : children}
            </HydrationBoundary>
          </ViewerProvider>
        </Providers>
      </body>
    </html>
  );
}
