import { Agent, request } from 'node:http';

/** What became of one request, as its client saw it. */
export interface SeenAnswer {
  readonly port: number;
  readonly token: string;
  /** 0: no answer came. */
  readonly status: number;
  /** From X-Wayleave-Error. */
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
  /** By `performance.now()`. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

const agent = new Agent({ keepAlive: true });
/** Longer than whatever the contract lets a client wait. */
const patienceMs = 10_000;

/** Asks the proxy listener at `port` with a bearer token; resolves whatever becomes of it. */
export function askWith(port: number, token: string, path = '/api/devices'): Promise<SeenAnswer> {
  const beganAtMs = performance.now();
  return new Promise((resolve) => {
    const settle = (seen: Pick<SeenAnswer, 'status' | 'code' | 'retryAfter'>): void =>
      resolve({ port, token, beganAtMs, endedAtMs: performance.now(), ...seen });
    const headers = { authorization: `Bearer ${token}` };
    const asking = request({ agent, host: '127.0.0.1', port, path, headers, timeout: patienceMs }, (answer) => {
      const code = answer.headers['x-wayleave-error'];
      const seen = {
        status: answer.statusCode ?? 0,
        code: typeof code === 'string' ? code : undefined,
        retryAfter: answer.headers['retry-after'],
      };
      answer.resume().on('end', () => settle(seen));
      answer.on('error', () => settle({ ...seen, status: 0 }));
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => settle({ status: 0, code: undefined, retryAfter: undefined }));
    asking.end();
  });
}
