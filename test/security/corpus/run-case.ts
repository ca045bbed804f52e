import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { methodsIn, openRaw, sendRaw, type Exchanged, type RawConnection } from '../../support/raw-client.ts';
import type { AnswerStep, Recording } from '../../support/recording-upstream.ts';
import { declaredFraming, valuesOf, WireReader } from '../../support/wire-reader.ts';
import type { CorpusCase } from './corpus-case.ts';
import { pace, type World } from '../world.ts';
import { expandText, stepsOf, type Step } from './macros.ts';

/** What was seen of one case, at both ends. */
export interface Observation {
  readonly client: Exchanged;
  /** Without the good request that follows each case. */
  readonly upstream: Recording;
  /** The good request on a connection of its own, right after. */
  readonly after: Exchanged;
  readonly isAlive: boolean;
  /** What the gateway wrote to its log meanwhile; known only for cases that ask for it. */
  readonly log: string;
}

const answerWaitMs = 5000;
const closeWaitMs = 3000;
const settleMs = 3000;
const busyMs = 60;
const afterTarget = '/api/after';

/** Sends the bytes of a case, answers with those of its upstream, and looks what both ends saw. */
export async function runCase(world: World, corpusCase: CorpusCase): Promise<Observation> {
  const { upstream, gateway, names } = world;
  if (!gateway.isAlive()) throw new Error(`the gateway has ended:\n${gateway.log().slice(-2000)}`);
  await upstream.take();
  const logStart = gateway.log().length;
  const restore = await prepareUpstream(world, corpusCase.upstreamSends);
  const steps = stepsOf(corpusCase.raw, { names, pace });
  const connection = await openRaw(gateway.port, methodsIn(expandText(corpusCase.raw, names)));
  await perform(connection, steps);
  const client = await answered(connection, corpusCase);
  const next = isUnasked(corpusCase) ? await frozenRequest(world) : undefined;
  connection.abort();
  await restore();
  const after = next ?? (await goodRequest(world));
  if (corpusCase.expect.never_log !== undefined) await logged(world, after);
  return {
    client,
    upstream: await settled(world),
    after,
    isAlive: gateway.isAlive(),
    log: gateway.log().slice(logStart),
  };
}

async function perform(connection: RawConnection, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'sleep') await delay(step.ms);
    else if (step.kind === 'abort') connection.abort();
    else connection.send(step.bytes);
  }
}

async function answered(connection: RawConnection, { expect: wish, raw }: CorpusCase): Promise<Exchanged> {
  if (raw.includes('{{abort}}')) return connection.look();
  const wanted = Array.isArray(wish.status) ? wish.status.length : 1;
  const waitMs = wish.wait_s === undefined ? answerWaitMs : wish.wait_s * 1000 * pace + closeWaitMs;
  const isAnswered = (seen: Exchanged): boolean => seen.answers.filter(({ complete }) => complete).length >= wanted;
  const seen = await connection.until(isAnswered, Math.max(waitMs, wish.complete === true ? 60_000 * pace : 0));
  const isTolerated = seen.answers.some(({ status }) => status < 400 && wish.accept?.includes(status) === true);
  const closes = (wish.close === true || wish.complete === false) && !isTolerated;
  return closes ? connection.until(() => false, closeWaitMs) : seen;
}

/** @returns puts the upstream back into its usual state */
async function prepareUpstream(world: World, sends: string | undefined): Promise<() => Promise<void>> {
  const { upstream } = world;
  if (sends === undefined) return async () => undefined;
  if (sends === '{{refuse}}') {
    await upstream.refuse();
    return () => upstream.listen();
  }
  if (sends === '{{blackhole}}') return blackHole(world);
  await upstream.script({ steps: answerSteps(sends, world), times: 1 });
  return () => upstream.script(undefined);
}

/** An answer that says by itself where it ends leaves the connection open; any other ends with it. */
function answerSteps(sends: string, { names }: World): AnswerStep[] {
  const steps = stepsOf(sends, { names, pace }).map((step): AnswerStep =>
    step.kind === 'abort' ? { kind: 'reset' } : step,
  );
  const bytes = steps.map((step) => (step.kind === 'write' ? step.bytes : '')).join('');
  const last = steps.at(-1)?.kind;
  return bytes === '' || last === 'reset' || isDelimited(bytes) ? steps : [...steps, { kind: 'close' }];
}

function isDelimited(bytes: string): boolean {
  let complete = 0;
  const reader = new WireReader({
    framingOf: (message) => {
      const isBodiless = /^HTTP\/1\.1 (?:1..|204|304)/.test(message.startLine);
      return isBodiless ? { kind: 'length', bytes: 0 } : (declaredFraming(message) ?? { kind: 'until-close' });
    },
    onComplete: () => complete++,
  });
  reader.push(Buffer.from(bytes, 'latin1'));
  return complete > 0;
}

/** Makes connections to the upstream hang: its process stands still and its queue of connections is full. */
async function blackHole({ upstream }: World): Promise<() => Promise<void>> {
  await upstream.refuse();
  await upstream.listen(1);
  process.kill(upstream.pid, 'SIGSTOP');
  const fillers: (RawConnection | undefined)[] = [];
  for (let at = 0; at < 4; at++) fillers.push(await Promise.race([openRaw(upstream.port), delay(200, undefined)]));
  return async () => {
    for (const filler of fillers) filler?.abort();
    process.kill(upstream.pid, 'SIGCONT');
    await upstream.refuse();
    await upstream.listen();
  };
}

/** Whether the upstream goes on, after a while, where its answer had ended. */
function isUnasked({ upstreamSends = '' }: CorpusCase): boolean {
  return /\{\{sleep_ms:\d+\}\}HTTP\//.test(upstreamSends);
}

/** A good request that arrives, like the unasked bytes of the upstream, while the gateway is busy with something else. */
async function frozenRequest({ gateway, names }: World): Promise<Exchanged> {
  process.kill(gateway.pid, 'SIGSTOP');
  const connection = await openRaw(gateway.port);
  connection.send(goodHead(names));
  await delay(busyMs);
  process.kill(gateway.pid, 'SIGCONT');
  const seen = await connection.until(({ answers }) => answers[0]?.complete === true);
  connection.abort();
  return seen;
}

function goodRequest({ gateway, names }: World): Promise<Exchanged> {
  return sendRaw(gateway.port, goodHead(names));
}

function goodHead(names: World['names']): string {
  return `GET ${afterTarget} HTTP/1.1\r\nHost: ${names.get('HOST')}\r\nAuthorization: Bearer ${names.get('T_READ')}\r\n\r\n`;
}

/** Waits for the line of a request, which comes after those of the requests before it. */
async function logged({ gateway }: World, exchanged: Exchanged): Promise<void> {
  const [id = ''] = valuesOf(exchanged.answers[0]?.headers ?? [], 'x-request-id');
  await expect.poll(() => gateway.log(), { timeout: answerWaitMs }).toContain(id);
}

/** The recording, once every request in it is complete or its connection is gone. */
async function settled({ upstream }: World): Promise<Recording> {
  const until = performance.now() + settleMs;
  for (;;) {
    const seen = await upstream.look();
    if (seen.requests.every(({ complete, closed }) => complete || closed) || performance.now() > until) {
      return { ...seen, requests: seen.requests.filter(({ target }) => target !== afterTarget) };
    }
    await delay(20);
  }
}
