import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { runDirectory } from './temp-dir.ts';

/** What test files share: two servers, the browser, which may have to be installed first, and the compiled program. */
export type Shared = 'postgres' | 'redis' | 'chromium' | 'program';

type Answer = { readonly value: string } | { readonly problem: string };

/**
 * Starts what is shared when the first test file asks for it. Test files run in processes of their own, so they ask
 * over a Unix socket, and the main process, which outlives them, owns what was started.
 */
export class SharedServers {
  readonly #starters: Readonly<Record<Shared, () => Promise<string>>>;
  readonly #answers = new Map<string, Promise<Answer>>();
  #server: Server | undefined;

  constructor(starters: Readonly<Record<Shared, () => Promise<string>>>) {
    this.#starters = starters;
  }

  async listen(): Promise<void> {
    this.#server = createServer((incoming, response) => {
      void this.#answer(incoming.url?.slice(1) as Shared).then((answer) => response.end(JSON.stringify(answer)));
    }).listen(socketPath());
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.#server?.close();
    await Promise.all(this.#answers.values());
  }

  #answer(name: Shared): Promise<Answer> {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const answer = this.#starters[name]().then(
      (value) => ({ value }),
      (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
    );
    this.#answers.set(name, answer);
    return answer;
  }
}

/** What a test file asks the main process for: a URL or a path. Starts it when nobody asked before. */
export async function askForServer(name: Shared): Promise<string> {
  const asking = request({ socketPath: socketPath(), path: `/${name}` }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const answer = (await json(response)) as Answer;
  if ('problem' in answer) throw new Error(answer.problem);
  return answer.value;
}

function socketPath(): string {
  return join(runDirectory(), 'shared.sock');
}
