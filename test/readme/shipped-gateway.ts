import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCli, type RunningCli } from '../commands/cli-process.ts';
import { copyEmptyStore } from '../support/empty-data-dir.ts';
import { freePort } from '../support/free-port.ts';
import { tempDir } from '../support/temp-dir.ts';

/** `npm start` without the build and the first start: the shipped gateway.yaml with the demo upstream, on free ports. */
export interface ShippedGateway {
  readonly cli: RunningCli;
  /** Holds gateway.yaml and its data. */
  readonly folder: string;
  /** The port in use for each that the shipped file names. */
  readonly ports: ReadonlyMap<string, number>;
}

const shippedPorts = ['8080', '8081', '9000'];

/**
 * Starts it, and waits until it has printed all that it prints.
 * @param putStore puts the embedded store where it will be looked for
 */
export async function startShippedGateway(
  putStore: (dataDir: string) => Promise<unknown> = copyEmptyStore,
): Promise<ShippedGateway> {
  const ports = new Map<string, number>();
  for (const shipped of shippedPorts) ports.set(shipped, await freePort());
  const folder = await tempDir('readme');
  const file = join(folder, 'gateway.yaml');
  const shipped = readFileSync(new URL('../../gateway.yaml', import.meta.url), 'utf8');
  writeFileSync(
    file,
    shipped.replace(/(127\.0\.0\.1:)(\d+)/g, (_, host: string, port: string) => `${host}${ports.get(port)}`),
  );
  await putStore(join(folder, 'data'));
  const cli = startCli(['serve', '--demo'], { WAYLEAVE_CONFIG: file });
  await cli.untilStdout('wayleave admin-token');
  return { cli, folder, ports };
}

/** The demo token that it has printed. */
export function demoToken(gateway: ShippedGateway): string {
  const token = /^ {2}(wl_pat_\w+)$/m.exec(gateway.cli.stdout())?.[1];
  if (token === undefined) throw new Error(`no demo token was printed:\n${gateway.cli.stdout()}`);
  return token;
}
