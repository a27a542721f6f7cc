/** On every answer; pages get their Content-Security-Policy in proxy.ts, the API in lib/http.ts. */
const headers = Object.entries({
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}).map(([key, value]) => ({ key, value }));

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  experimental: { authInterrupts: true },
  serverExternalPackages: [
    'better-sqlite3',
    '@prisma/schema-engine-wasm',
    'pino',
    'node-cron',
    'nodemailer',
    'better-auth',
  ],
  headers: async () => [{ source: '/:path*', headers }],
  // Without tests and tools, whose packages a production installation leaves out.
  typescript: { tsconfigPath: 'tsconfig.build.json' },
};

export default config;
