import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';

/** Why a check failed: in a word for programs, and as what the target did for people. */
export interface CheckFailure {
  readonly reason: 'status' | 'timeout' | 'refused' | 'failed';
  readonly detail: string;
}

export interface HealthRequest {
  /** Such as `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly timeoutMs: number;
}

/** A check under way. */
export interface RunningCheck {
  /** Why it failed; undefined: it passed. It comes when its connection is gone, and never rejects. */
  readonly outcome: Promise<CheckFailure | undefined>;
  /** Ends it, whatever the outcome. */
  stop(): void;
}

/** What is read of an answer, so that it may come to its end in order; what is longer is cut off. */
const bodyBytesMax = 64 * 1024;
const interimAnswersMax = 8;
/** A deadline takes so many turns of the event loop: while that is busy, answers wait to be read. */
const partsOfDeadline = 4;

/**
 * Asks a target for its health, on a connection of its own: a full pool does not make it look ill, and that it takes no
 * connections any more shows. The status decides; redirects are not followed and bodies not looked at.
 */
export function startCheck({ origin, path, timeoutMs }: HealthRequest): RunningCheck {
  const url = new URL(origin);
  const headers = { 'user-agent': 'wayleave', accept: '*/*' };
  const request = (url.protocol === 'https:' ? https : http).get(url, { path, headers, agent: false });
  const outcome = new Promise<CheckFailure | undefined>((resolve) => {
    let verdict: { readonly failure: CheckFailure | undefined } | undefined;
    const decide = (failure: CheckFailure | undefined): void => void (verdict ??= { failure });
    let parts = 0;
    const timer = setInterval(() => {
      if (++parts < partsOfDeadline) return;
      decide({ reason: 'timeout', detail: `gave no answer within ${timeoutMs} ms` });
      request.destroy();
    }, timeoutMs / partsOfDeadline).unref();
    boundInterim(request);
    request.on('response', (answer) => {
      decide(statusFailure(answer.statusCode ?? 0));
      discard(answer);
    });
    request.on('error', (error) => decide(connectionFailure(error)));
    request.on('close', () => {
      clearInterval(timer);
      // It may end with neither, such as after an upgrade that nobody asked for.
      resolve(verdict === undefined ? connectionFailure(new Error('no answer')) : verdict.failure);
    });
  });
  return { outcome, stop: () => void request.destroy() };
}

function statusFailure(status: number): CheckFailure | undefined {
  return status >= 200 && status < 400 ? undefined : { reason: 'status', detail: `answered ${status}` };
}

function connectionFailure(error: Error & { readonly code?: string }): CheckFailure {
  const { code } = error;
  if (code === 'ECONNREFUSED') return { reason: 'refused', detail: 'refused the connection' };
  return { reason: 'failed', detail: `gave no valid answer${code === undefined ? '' : ` (${code})`}` };
}

/** They cost as much as answers, and there may be no end to them. */
function boundInterim(request: ClientRequest): void {
  let answers = 0;
  request.on('information', () => {
    if (++answers > interimAnswersMax) request.destroy(new Error('too many interim answers'));
  });
}

function discard(answer: IncomingMessage): void {
  let bytes = 0;
  answer.on('error', () => undefined);
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) answer.destroy();
  });
}
