import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';
import { describe } from 'vitest';

const PLACES = ['/usr/bin/chromium', '/usr/bin/google-chrome', chromium.executablePath()];

/** `npm test` looks further and says where it found one. */
const executablePath = process.env.CHROMIUM_PATH || PLACES.find((place) => existsSync(place));

/** Tests that need a browser: skipped by name where there is none. */
export const describeInBrowser = describe.skipIf(executablePath === undefined);

export function launchBrowser(): Promise<Browser> {
  // Chromium cannot put root in its sandbox, and it would look for updates.
  const args = ['--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  return chromium.launch({ ...(executablePath && { executablePath }), args });
}
