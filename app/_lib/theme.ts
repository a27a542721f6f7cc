export type Theme = 'light' | 'dark';

export const THEME_COOKIE = 'headroom-theme';

export function parseTheme(value: string | undefined): Theme | null {
  return value === 'light' || value === 'dark' ? value : null;
}

/** Switches between light and dark. Choosing what the system prefers forgets the choice, so the system leads again. */
export function toggleTheme(): void {
  const root = document.documentElement;
  const system: Theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const current = parseTheme(root.dataset.theme) ?? system;
  const next: Theme = current === 'dark' ? 'light' : 'dark';
  if (next === system) {
    delete root.dataset.theme;
    setCookie(`${THEME_COOKIE}=; path=/; max-age=0; samesite=lax`);
  } else {
    root.dataset.theme = next;
    setCookie(`${THEME_COOKIE}=${next}; path=/; max-age=31536000; samesite=lax`);
  }
}

/** The Cookie Store API wants HTTPS, which a server in a private network may not have. */
function setCookie(cookie: string): void {
  Reflect.set(document, 'cookie', cookie);
}
