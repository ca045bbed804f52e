/** What `wayleave init` writes: a file to begin with, valid and without warnings. */
export const initialFile = `\
# yaml-language-server: $schema=./gateway.schema.json
# $schema: ./gateway.schema.json
# The first line is for VS Code, Neovim and others, the second for JetBrains: both complete and check this file by the
# schema beside it, which \`wayleave schema > gateway.schema.json\` writes anew after an upgrade.
#
#   wayleave validate     says what is wrong, with the line and the fix
#   wayleave routes       shows which route wins, and who may pass
#   wayleave explain GET /api/items/1 --scopes item:read
version: 1

# Clients speak to the proxy. The admin API and the console have an address of their own; keep it from the outside.
listen:
  proxy: 127.0.0.1:8080
  admin: 127.0.0.1:8081

# Without DATABASE_URL everything is kept in data_dir, and nothing else has to run.
store:
  postgres: \${DATABASE_URL:-}
  redis: \${REDIS_URL:-}
  data_dir: ./data

# The proxies in front of this one, whose X-Forwarded-For is believed: addresses, or blocks such as 10.1.2.0/24.
trusted_proxies: []

# The catalogue: every scope there is. Routes ask for them, roles give them, tokens carry them.
scopes:
  item:read: Read items
  item:write: Create, change and delete items

# What a role gives. Who holds which role is kept in the store: \`wayleave authorization create\`.
projects:
  shop:
    name: Shop
    roles:
      editor: ['item:*']
      viewer: ['item:read']

# The services behind the gateway. They must be reachable through it alone.
upstreams:
  shop:
    targets: ['http://127.0.0.1:9000']

# The most specific route wins, not the first. What no route takes is answered with 404.
routes:
  # Who may pass: \`scopes\`, by method or for all of them; or \`authenticated: true\`; or \`public: true\`.
  - name: items
    match: { path: /api/items/** }
    upstream: shop
    scopes: { GET: item:read, '*': item:write }

  - name: status
    match: { path: /status, methods: [GET, HEAD] }
    upstream: shop
    public: true
`;
