/** What no page asks for; writing to the clipboard, for links and keys that are shown once, is left. */
const DENIED = [
  'accelerometer',
  'autoplay',
  'camera',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

/** On every answer; pages get their Content-Security-Policy in proxy.ts, the API in lib/http.ts. */
const headers = Object.entries({
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': DENIED.map((feature) => `${feature}=()`).join(', '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}).map(([key, value]) => ({ key, value }));

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Said, or a lock file in a folder above would be taken for that of a larger project.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
  // scripts/serve.mjs does it once the desk answers.
  experimental: { authInterrupts: true, preloadEntriesOnStart: false },
  serverExternalPackages: [
    'better-sqlite3',
    '@prisma/schema-engine-wasm',
    'pino',
    'node-cron',
    'nodemailer',
    'better-auth',
    'googleapis',
    'imapflow',
    'ai',
    '@ai-sdk/anthropic',
    '@ai-sdk/google',
    '@ai-sdk/openai-compatible',
    '@notionhq/client',
    'prom-client',
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace-node',
  ],
  headers: async () => [{ source: '/:path*', headers }],
  // There are no pictures to scale, so nobody needs to be able to ask for it.
  images: { unoptimized: true },
  // `npm run typecheck` judges the types, once: whoever builds a release to run it does not wait for that again.
  // The build's own settings leave out tests and tools, whose packages a production installation does not have.
  typescript: { tsconfigPath: 'tsconfig.build.json', ignoreBuildErrors: true },
};

export default config;
