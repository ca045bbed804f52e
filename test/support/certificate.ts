import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'certificates');

/** A certificate for localhost and 127.0.0.1 that nobody signed but itself; good for nothing outside tests. */
export const localhostCertificate = {
  /** For NODE_EXTRA_CA_CERTS. */
  path: join(folder, 'localhost.crt'),
  cert: readFileSync(join(folder, 'localhost.crt'), 'utf8'),
  key: readFileSync(join(folder, 'localhost.key'), 'utf8'),
};
