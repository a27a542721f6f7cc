import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright';
import { signInAs } from './tests/helpers/people';
import { startServer, TEST_API_KEY } from './tests/helpers/server';

const server = await startServer({ demo: true });
const api = async (path: string, init: RequestInit = {}) => {
  const r = await fetch(server.url + '/api/v1' + path, {
    ...init,
    headers: { authorization: `Bearer ${TEST_API_KEY}`, 'content-type': 'application/json' },
  });
  return r.headers.get('content-type')?.includes('json') ? r.json() : r.text();
};
try {
  for (;;) {
    const w: any = await api('/workspace');
    if (w.lastScanAt && !w.activeRun) break;
    await new Promise((r) => setTimeout(r, 300));
  }
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  const person = await signInAs(server.url, 'admin');
  const [name = '', value = ''] = person.cookie.split('=', 2);
  const ctx = async (o: any) => {
    const c = await browser.newContext({ baseURL: server.url, locale: 'en-GB', reducedMotion: 'reduce', ...o });
    await c.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: 'Lax' }]);
    return c;
  };
  const wide = await ctx({ viewport: { width: 1440, height: 900 } });
  const page = await wide.newPage();
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type())) console.log('console', m.text());
  });
  await page.goto('/reviews');
  await page.screenshot({ path: '/tmp/qbr-look/empty.png' });
  await page.getByRole('button', { name: /Generate/ }).click();
  await page.getByRole('dialog').waitFor();
  await page.screenshot({ path: '/tmp/qbr-look/dialog.png' });
  const t0 = Date.now();
  await page.getByRole('dialog').getByRole('button', { name: 'Generate' }).click();
  await page.waitForTimeout(700);
  await page.screenshot({ path: '/tmp/qbr-look/running.png' });
  await page.getByText('The reviews are ready').waitFor({ timeout: 60000 });
  console.log('run ms', Date.now() - t0);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: '/tmp/qbr-look/list.png' });
  const list: any = await api('/reviews?rag=GREEN&limit=100');
  const red: any = await api('/reviews?rag=AMBER&limit=1');
  const pick =
    list.items.find((r: any) => /open opportunit/.test(r.headline) && !/no open/.test(r.headline)) ?? list.items[0];
  for (const [label, item] of [
    ['green', pick],
    ['red', red.items[0]],
  ] as const) {
    const p = await wide.newPage();
    await p.goto('/reviews/' + item.id);
    await p.getByRole('heading', { level: 1 }).waitFor();
    await p.waitForTimeout(800);
    await p.locator('.review-sheet').screenshot({ path: `/tmp/qbr-look/review-${label}.png` });
    await p.screenshot({ path: `/tmp/qbr-look/review-${label}-top.png` });
    await p.pdf({ path: `/tmp/qbr-look/${label}-A4.pdf`, format: 'A4' });
    await p.pdf({ path: `/tmp/qbr-look/${label}-Letter.pdf`, format: 'Letter' });
    writeFileSync(`/tmp/qbr-look/${label}.md`, (await api(`/reviews/${item.id}/markdown`)) as string);
  }
  const acc = await wide.newPage();
  await acc.goto('/accounts/' + pick.account.id);
  await acc.waitForTimeout(1500);
  await acc.getByText('Business reviews').scrollIntoViewIfNeeded();
  await acc.screenshot({ path: '/tmp/qbr-look/account.png' });
  const dark = await ctx({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  const d = await dark.newPage();
  await d.goto('/reviews/' + pick.id);
  await d.waitForTimeout(800);
  await d.screenshot({ path: '/tmp/qbr-look/review-dark.png' });
  await d.pdf({ path: '/tmp/qbr-look/dark-A4.pdf', format: 'A4' });
  await d.goto('/reviews');
  await d.waitForTimeout(600);
  await d.screenshot({ path: '/tmp/qbr-look/list-dark.png' });
  const narrow = await ctx({ viewport: { width: 390, height: 844 } });
  const n = await narrow.newPage();
  await n.goto('/reviews');
  await n.waitForTimeout(600);
  await n.screenshot({ path: '/tmp/qbr-look/list-390.png' });
  await n.goto('/reviews/' + pick.id);
  await n.waitForTimeout(600);
  await n.screenshot({ path: '/tmp/qbr-look/review-390.png', fullPage: false });
  await n.evaluate(() => document.querySelector('main')!.scrollTo(0, 1400));
  await n.waitForTimeout(200);
  await n.screenshot({ path: '/tmp/qbr-look/review-390-b.png' });
  await browser.close();
} finally {
  console.log(server.output().split('\n').slice(-15).join('\n'));
  await server.stop();
}
