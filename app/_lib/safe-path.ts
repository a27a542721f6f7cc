/** A path of this desk to go on to, or the home page: never an address elsewhere (open redirect). */
export function safePath(given: string | null | undefined): string {
  if (!given?.startsWith('/') || /^\/[/\\]/.test(given) || /[\p{Cc}\\]/u.test(given)) return '/opportunities';
  const base = 'http://desk.invalid';
  const url = URL.canParse(given, base) ? new URL(given, base) : null;
  // `/..//evil.example` is written as `//evil.example` once its dots are resolved: another host again.
  if (url?.origin !== base || url.pathname.startsWith('//')) return '/opportunities';
  return `${url.pathname}${url.search}${url.hash}`;
}
