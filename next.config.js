/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ['better-sqlite3', '@prisma/schema-engine-wasm', 'pino', 'node-cron', 'nodemailer'],
  // Without tests and tools, whose packages a production installation leaves out.
  typescript: { tsconfigPath: 'tsconfig.build.json' },
};

export default config;
