const BROWSERS: readonly [name: string, sign: RegExp][] = [
  // Most claim to be Chrome and Safari as well: the particular come first.
  ['Edge', /\b(Edg|EdgA|EdgiOS)\//],
  ['Opera', /\b(OPR|OPT)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
];

const SYSTEMS: readonly [name: string, sign: RegExp][] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
];

/** `Firefox on Linux`; what cannot be told is left out. */
export function browserInWords(userAgent: string | null): string {
  if (userAgent === null) return 'Unknown browser';
  const name = BROWSERS.find(([, sign]) => sign.test(userAgent))?.[0] ?? 'Unknown browser';
  const system = SYSTEMS.find(([, sign]) => sign.test(userAgent))?.[0];
  return system === undefined ? name : `${name} on ${system}`;
}
