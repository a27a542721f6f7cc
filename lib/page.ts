import { headers } from 'next/headers';
import { forbidden, redirect } from 'next/navigation';
import { cache } from 'react';
import { may, PAGES, type PageName, scopeOf, type Viewer } from './domain/access';
import type { Reads } from './reads';
import { getRuntime, type Runtime } from './runtime';

export interface OpenPage {
  runtime: Runtime;
  viewer: Viewer;
  /** Narrowed to what the viewer may see. */
  reads: Reads;
}

/** The desk that runs. */
export const currentRuntime = getRuntime;

/** Who looks at the page that is being made; null where nobody is signed in, or the desk does not run. */
export const currentViewer = cache(async (): Promise<Viewer | null> => {
  const given = await headers();
  const runtime = await getRuntime().catch(() => null);
  const cookie = given.get('cookie');
  if (!runtime || cookie === null) return null;
  const found = await runtime.access.identify(new Headers({ cookie }));
  return found?.viewer ?? null;
});

/** The address of a page with the query that it was opened with. */
export async function pathWith(
  pathname: string,
  searchParams: Promise<Record<string, string | string[] | undefined>>,
): Promise<string> {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(await searchParams)) {
    for (const one of [value ?? []].flat()) search.append(key, one);
  }
  return search.size === 0 ? pathname : `${pathname}?${search}`;
}

/**
 * The one door of every page that is not public: sends whoever is not signed in to do so, and tells whoever may not see
 * it. What comes back reads no more than the viewer may.
 * @param path where to come back to after the sign-in, with its query.
 */
export async function openPage(name: PageName, path: string = name): Promise<OpenPage> {
  const viewer = await currentViewer();
  const { needs } = PAGES[name];
  if (!viewer) redirect(path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`);
  if (needs !== 'public' && !may(viewer, needs)) forbidden();
  const runtime = await getRuntime();
  return { runtime, viewer, reads: runtime.readsFor(scopeOf(viewer)) };
}
