import type { AdminApp, AdminDeps } from './context.ts';
import { refuse } from './http/problem-response.ts';

/** Scripts and styles of this origin alone, nothing inline, and no page of another site around it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Adds the console's files, each at its own path: no path of a request ever becomes the path of a file. */
export function addConsole(app: AdminApp, { console: assets }: Pick<AdminDeps, 'console'>): void {
  for (const [path, asset] of assets) {
    const headers = {
      'content-type': asset.contentType,
      'content-security-policy': contentSecurityPolicy,
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
    app.get(path, (c) => c.body(asset.body, 200, headers));
  }
  if (assets.has('/')) return;
  app.get('/', (c) => {
    const detail = 'The console is not part of this build; "npm run build" makes it. The admin API is at /api/v1.';
    return refuse(c, { code: 'not_found', detail });
  });
}
