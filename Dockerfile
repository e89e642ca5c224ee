FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Installing builds dist too; afterwards only what it needs to run is kept.
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:20.20.2-bookworm-slim
# Temporal's core reads the system's certificates, which the slim image does not have.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
# Volumes that are mounted here take over the owner.
RUN install --directory --owner=node --group=node \
  /var/lib/mandate /var/lib/mandate/artifacts /var/lib/mandate/registries /var/lib/mandate/workspaces
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY docs docs
COPY examples examples
COPY tools/temporal tools/temporal
ENV NODE_ENV=production MANDATE_DATA=/var/lib/mandate
USER node
ENTRYPOINT ["node", "/app/bin/mandate.js"]
CMD ["--help"]
