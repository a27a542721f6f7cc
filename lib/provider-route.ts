import * as z from 'zod';
import type { RouteName } from './domain/access';
import { AppError } from './errors';
import { withRoute } from './http';

/** The parts of better-auth that a browser may reach: the way to Google, and the way back. */
const OPEN = ['POST /api/auth/sign-in/social', 'GET /api/auth/callback/google'];

/** What Google adds to the address is better-auth's to judge. */
const ANYTHING = z.record(z.string(), z.string());

/** Google's sign-in; everything else of better-auth is reached through the desk's own routes alone. */
export function providerRoute(name: RouteName) {
  return withRoute(name, { limit: 'sign_in', query: ANYTHING }, async ({ runtime, request, origin }) => {
    const { pathname } = new URL(request.url);
    if (!OPEN.includes(`${request.method} ${pathname}`)) throw new AppError('not_found', 'There is nothing here.');
    const answer = await runtime.access.provider(request);
    if (pathname.includes('/callback/')) await runtime.access.noteProviderSignIn(answer, origin);
    return new Response(answer.body, answer);
  });
}
