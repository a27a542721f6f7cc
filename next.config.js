/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ['better-sqlite3', '@prisma/schema-engine-wasm', 'pino', 'node-cron', 'nodemailer'],
};

export default config;
