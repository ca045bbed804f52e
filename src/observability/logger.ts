import {
  destination as openDestination,
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
} from 'pino';
import { maskText } from './mask.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** The configuration's revision at this moment, for every line. */
  readonly revision?: () => string | undefined;
  readonly destination: DestinationStream;
}

const heldBytesMax = 16 * 1024 * 1024;

/**
 * Standard output, written without waiting for it; what is held back is written when the process ends. A reader that
 * falls behind by 16 MiB loses lines rather than stopping the gateway.
 */
export function openLogDestination(): DestinationStream {
  return openDestination({ dest: 1, sync: false, maxLength: heldBytesMax });
}

const secretHeaders = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];

/** A logger that writes one JSON object a line. No line holds a credential, wherever it stood in the input. */
export function createLogger(options: LoggerOptions): Logger {
  const { level = 'info', revision, destination } = options;
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.epochTime,
      redact: secretHeaders.flatMap((name) => [`headers["${name}"]`, `["${name}"]`]),
      hooks: { streamWrite: maskText },
      ...(revision !== undefined && { mixin: () => ({ revision: revision() }) }),
    },
    destination,
  );
}
