import { basename } from 'node:path';
import type { GatewayConfig } from '../config/compiled.ts';
import type { ReadConfig } from '../config/load-apart.ts';
import { FileWatch, type Settling } from '../config/load-watch.ts';
import type { Clock } from '../lib/clock.ts';
import type { StatusNote } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';

/** Another gateway.yaml, which decides beside the one in force. */
export interface ShadowSource {
  /** As it was at the start. */
  readonly config: GatewayConfig;
  /** Reads the file as it is now. */
  readonly read: () => Promise<ReadConfig>;
}

export interface ShadowFileOptions {
  readonly source: ShadowSource;
  /** When it was read, in epoch milliseconds; undefined: its changes are taken only when told. */
  readonly watchSinceMs: number | undefined;
  /** Lets another configuration decide beside the one in force. */
  readonly swap: (config: GatewayConfig) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ShadowFile {
  /** For `/readyz?verbose`. */
  readonly note: StatusNote;
  /** Reads the file again. Never rejects. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Takes the changes of a shadow file; one that is not valid leaves the shadow as it is. */
export function followShadowFile({ source, watchSinceMs, swap, clock, logger }: ShadowFileOptions): ShadowFile {
  const { file } = source.config;
  /** `/readyz?verbose`, which asks for no credential, tells no paths. */
  const name = basename(file);
  let { revision } = source.config;
  let failure: string | undefined;
  const failed = (reason: string): void => {
    failure = reason;
    logger.error({ file, reason }, `the shadow file is not taken; its revision ${revision} goes on`);
  };
  const judge = (read: ReadConfig): void => {
    if (read.kind === 'invalid') return failed(`${read.problems.length} problems; see wayleave validate ${name}`);
    failure = undefined;
    if (read.config.revision === revision) return undefined;
    revision = read.config.revision;
    swap(read.config);
    logger.info({ file, shadow_revision: revision }, 'the shadow file was reloaded');
    return undefined;
  };
  const onChanged = async ({ isQuiet, isSame }: Settling): Promise<'done' | 'unsettled'> => {
    const read = await source.read();
    if ((read.kind === 'invalid' && !isQuiet) || !(await isSame())) return 'unsettled';
    judge(read);
    return 'done';
  };
  const onFault = (error: unknown): void =>
    logger.error({ err: error, file }, 'the shadow file could not be looked at');
  const onGone = (): void => failed(`there is no file ${name} any more`);
  const watch =
    watchSinceMs === undefined
      ? undefined
      : new FileWatch({ file, readAtMs: watchSinceMs, clock, onChanged, onGone, onFault });
  watch?.start();
  return {
    note: {
      name: 'shadow',
      report: () => ({
        ok: failure === undefined,
        detail: `${name}, revision ${revision}, decides beside${failure === undefined ? '' : `; ${failure}`}`,
      }),
    },
    reload: async () => judge(await source.read()),
    close: async () => watch?.close(),
  };
}
