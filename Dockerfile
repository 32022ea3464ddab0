FROM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build && rm dist/.tsbuildinfo

FROM base AS dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM base
LABEL org.opencontainers.image.title="pgrst-ops" \
      org.opencontainers.image.description="Keeps PostgREST's schema cache fresh, and proves it" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production HOST=0.0.0.0
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
# The trigger's SQL is read at run time, from beside dist.
COPY migrations ./migrations
# With dist/sandbox: it needs no packages, and without DATABASE_URL it is what says what to set.
COPY --from=build /app/dist ./dist
# Nothing is written: the root file system may be read-only.
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8080) + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in between: node is process 1 and gets SIGTERM.
CMD ["node", "--enable-source-maps", "dist/server.js"]
