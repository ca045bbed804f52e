/** What a server said, whatever its status. */
export interface Probed {
  readonly status: number;
  readonly text: string;
}

const withinMs = 2000;

/** Asks a server that may be any. @throws when there is no answer within two seconds */
export async function probe(url: string): Promise<Probed> {
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
  return { status: answer.status, text: (await beginningOf(answer)).trim() };
}

const readMax = 4096;

/** Whoever listens there may have more to say than anybody wants to hear. */
async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > readMax) break;
  }
  return text.slice(0, readMax);
}
