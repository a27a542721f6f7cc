# syntax=docker/dockerfile:1

# Any Node.js that package.json names will do; better-sqlite3 has prebuilt bindings for this one.
FROM node:22-bookworm-slim AS build
WORKDIR /app
ENV NEXT_TELEMETRY_DISABLED=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# Only where no prebuilt SQLite binding can be fetched does the installation compile one.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
# What the installation reads comes first: a change of the code does not install anew.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY scripts/generate-client.mjs ./scripts/generate-client.mjs
RUN npm ci --omit=dev --no-audit --no-fund
COPY . .
RUN npm run build \
 && node scripts/production-modules.mjs \
 && rm -rf .next/cache

FROM node:22-bookworm-slim
WORKDIR /app
# HEADROOM_URL has no default: the address that people open.
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOST=0.0.0.0 PORT=3000 HEADROOM_DATA_DIR=/data
RUN mkdir /data && chown node:node /data && chmod 700 /data
# Owned by root: the desk writes to /data and nowhere else.
COPY --from=build /app ./
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/health-check.mjs"]
CMD ["node", "scripts/serve.mjs"]
