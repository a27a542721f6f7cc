import { PAGES, ROUTES } from './access';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Files of the build and of `public/`, by their folder. */
const FOLDERS = ['/_next/', '/templates/'];

const paths = [...Object.keys(ROUTES).map((name) => name.slice(name.indexOf(' ') + 1)), ...Object.keys(PAGES)];
const known = new Set(paths);
const patterns = paths
  .filter((path) => path.includes('['))
  .map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\[\.{3}\w+\]/g, '.+').replace(/\[\w+\]/g, '[^/]+')}$`),
  }));

/**
 * The route or page that an address belongs to, as the table of permissions names it: `/api/v1/accounts/[id]`. However
 * many addresses are asked for, there are no more answers than the table has rows, and `other`.
 */
export function routeTemplate(url: string): string {
  const [address = ''] = url.split(/[?#]/, 1);
  const path = address.length > 1 && address.endsWith('/') ? address.slice(0, -1) : address;
  if (known.has(path) && !path.includes('[')) return path;
  const folder = FOLDERS.find((start) => path.startsWith(start));
  if (folder) return `${folder}*`;
  return patterns.find(({ pattern }) => pattern.test(path))?.path ?? 'other';
}

/** The method, where it is one of HTTP's own. */
export function methodName(method: string): string {
  return METHODS.includes(method) ? method : 'other';
}
