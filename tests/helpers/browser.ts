import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { describe, expect } from 'vitest';
import type { Role } from '../../lib/domain/access';
import { signInAs } from './people';

const PLACES = ['/usr/bin/chromium', '/usr/bin/google-chrome', chromium.executablePath()];

/** `npm test` looks further and says where it found one. */
const executablePath = process.env.CHROMIUM_PATH || PLACES.find((place) => existsSync(place));

/** Tests that need a browser: skipped by name where there is none. */
export const describeInBrowser = describe.skipIf(executablePath === undefined);

/** Chromium cannot put root in its sandbox, and it would look for updates. */
const ARGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(executablePath && { executablePath }), args: ARGS });
}

/** One person at one browser window, in which nothing may go wrong. */
export interface Visitor {
  context: BrowserContext;
  /** Opens a path of the server in a new tab and waits until the page can be used. */
  open(path: string): Promise<Page>;
  /**
   * Closes every tab; fails with each console error and warning, uncaught error, dialog, failed request and breach of a
   * page's policy there was.
   */
  leave(): Promise<void>;
}

/**
 * @param role Who the visitor is; null is somebody who has not signed in.
 * @param more Their address, and where else than at the desk their browser may go.
 */
export async function newVisitor(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  role: Role | null = 'admin',
  more: { email?: string; elsewhere?: readonly string[] } = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-GB',
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(15_000);
  if (role !== null) {
    const [name = '', value = ''] = (await signInAs(url, role, more.email)).cookie.split('=', 2);
    await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Lax' }]);
  }
  const problems: string[] = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  await reportBreaches(context);
  context.on('weberror', (error) => problems.push(`uncaught: ${error.error()}`));
  context.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    const known = [url, ...(more.elsewhere ?? [])].some((place) => request.url().startsWith(place));
    if (/^https?:/.test(request.url()) && !known) problems.push(`request to ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} from ${response.url()}`);
  });
  return {
    context,
    async open(path) {
      const page = await context.newPage();
      const response = await page.goto(path, { waitUntil: 'load' });
      expect(response?.status(), path).toBe(200);
      // Attached, not visible: a customer's name may be of characters that show nothing.
      await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
      await answering(page);
      return page;
    },
    async leave() {
      await context.close();
      expect(problems).toEqual([]);
    },
  };
}

/** Has each breach of a page's policy on the console, as `policy: …`: a browser does not write all of them by itself. */
export async function reportBreaches(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      console.error(`policy: ${violatedDirective}: ${blockedURI} ${sample}`);
    });
  });
}

/** Until React has taken the page over: what is clicked before that comes to nothing, and a test is faster than a person. */
export async function answering(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    // A draft by itself is a page without a script.
    if (document.scripts.length === 0) return true;
    const heading = document.querySelector('h1');
    return heading !== null && Object.keys(heading).some((key) => key.startsWith('__reactFiber$'));
  });
}
