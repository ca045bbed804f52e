FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY admin admin
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
LABEL org.opencontainers.image.title="Wayleave" \
      org.opencontainers.image.description="A reverse-proxy authentication gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    WAYLEAVE_CONFIG=/etc/wayleave/gateway.yaml
COPY --from=build /build/package.json /app/package.json
COPY --from=dependencies /build/node_modules /app/node_modules
COPY --from=build /build/dist /app/dist
COPY LICENSE /app/LICENSE
# The shipped file is for trying it on one machine, so it listens on loopback; from outside a container nobody is there.
COPY gateway.yaml /etc/wayleave/gateway.yaml
RUN sed -i 's/proxy: 127\.0\.0\.1:8080/proxy: 0.0.0.0:8080/' /etc/wayleave/gateway.yaml \
  && grep -q 'proxy: 0.0.0.0:8080' /etc/wayleave/gateway.yaml
# All that is written goes to the volume (data_dir is ./data beside gateway.yaml), so the rest may be read-only.
RUN install -d -m 0700 -o node -g node /var/lib/wayleave && ln -s /var/lib/wayleave /etc/wayleave/data
WORKDIR /var/lib/wayleave
VOLUME /var/lib/wayleave
# The user `node` by number, so that Kubernetes can see it is not root.
USER 1000:1000
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/app/dist/healthcheck.js", "http://127.0.0.1:8081/healthz"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["serve"]
